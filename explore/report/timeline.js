/* timeline.js - a run over time: power, layers with their operators, and what each unit did in them. */

/* Operators that follow one another in one layer. */
function layersOf(operators) {
  const layers = [];
  operators.forEach(o => {
    const last = layers[layers.length - 1];
    if (o.layer === null) return;
    if (last && last.layer === o.layer && last.last + 1 === o.first) {
      last.end_s = Math.max(last.end_s, o.end_s);
      last.last = o.last;
      last.energy_j += o.energy_j;
    } else {
      layers.push({
        layer: o.layer,
        first: o.first,
        last: o.last,
        start_s: o.start_s,
        end_s: o.end_s,
        energy_j: o.energy_j
      });
    }
  });
  return layers;
}

function timelineData() {
  const operators = rowsOf('timeline'),
    units = rowsOf('unit').map(u => Object.assign({ slices: [] }, u));
  const of = new Map(operators.map(o => [o.slice, o])),
    byUnit = new Map(units.map(u => [u.unit, u]));
  rowsOf('busy').forEach(b => {
    const o = of.get(b.slice);
    if (o && byUnit.has(b.unit)) byUnit.get(b.unit).slices.push(Object.assign({ operator: o }, b));
  });
  operators.forEach(o => {
    o.power_w = o.end_s > o.start_s ? o.energy_j / (o.end_s - o.start_s) : 0;
  });
  const run = rowsOf('summary')[0];
  const standing = rowsOf('operator')
    .filter(o => o.operator === '(static)')
    .reduce((sum, o) => sum + o.energy_j, 0);
  return {
    operators: operators,
    layers: layersOf(operators),
    units: units,
    latency: run.latency_s,
    static_w: run.latency_s > 0 ? standing / run.latency_s : 0
  };
}

const POWER = 70,
  ROW = 18,
  GAP = 6;

/* Rows from the top: power, layers, operators, then the units. */
function timelineRow(data, y) {
  if (y < POWER) return { kind: 'power' };
  const row = Math.floor((y - POWER - GAP) / ROW);
  if (row < 0) return { kind: 'none' };
  return row === 0
    ? { kind: 'layer' }
    : row === 1
      ? { kind: 'operator' }
      : row - 2 < data.units.length
        ? { kind: 'unit', unit: data.units[row - 2] }
        : { kind: 'none' };
}

function operatorLines(o) {
  return [
    o.count > 1 ? whole(o.count) + ' operators' : o.kind + (o.layer !== null ? ', layer ' + o.layer : ''),
    si(o.start_s, 's') + ' to ' + si(o.end_s, 's') + ': ' + si(o.end_s - o.start_s, 's'),
    'energy ' + si(o.energy_j, 'J') + ', power ' + si(o.power_w, 'W'),
    o.bound_by ? 'bound by ' + o.bound_by : null
  ];
}

function timelineTip(data, row, time, px, py) {
  const at = o => time >= o.start_s && time < o.end_s;
  const operator = data.operators.find(at);
  if (row.kind === 'power' && operator)
    tipShow(
      'power at ' + si(time, 's'),
      ['operators: ' + si(operator.power_w, 'W') + ' (' + operator.name + ')', '(static): ' + si(data.static_w, 'W')],
      px,
      py
    );
  else if (row.kind === 'layer') {
    const layer = data.layers.find(at);
    if (!layer) return tipHide();
    tipShow(
      'layer ' + layer.layer,
      [si(layer.start_s, 's') + ' to ' + si(layer.end_s, 's'), 'energy ' + si(layer.energy_j, 'J')],
      px,
      py
    );
  } else if (row.kind === 'operator' && operator) tipShow(operator.name, operatorLines(operator), px, py);
  else if (row.kind === 'unit' && operator) {
    const slice = row.unit.slices.find(s => s.operator === operator),
      span = operator.end_s - operator.start_s;
    tipShow(
      row.unit.path,
      [
        'in ' + operator.name + (operator.layer !== null ? ', layer ' + operator.layer : ''),
        'busy ' + si(slice ? slice.busy_s : 0, 's') + ' (' + percent(slice ? slice.busy_s / span : 0) + ')',
        slice && slice.blocked_s > 0 ? 'blocked ' + si(slice.blocked_s, 's') : null
      ],
      px,
      py
    );
  } else tipHide();
}

function timelinePaint(canvas, data, x, left, width, height) {
  const ratio = window.devicePixelRatio || 1,
    c = canvas.getContext('2d');
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = width + 'px';
  canvas.style.height = height + 'px';
  c.scale(ratio, ratio);
  c.save();
  c.beginPath();
  c.rect(left, 0, width - left, height);
  c.clip();
  const paper = colourOf('paper'),
    busy = colourOf('busy'),
    blocked = colourOf('blocked');
  const seen = o => x(o.end_s) >= left && x(o.start_s) <= width;
  const most = d3.max(data.operators, o => o.power_w) + data.static_w || 1,
    tall = w => ((POWER - 12) * w) / most;
  data.operators.filter(seen).forEach(o => {
    const from = x(o.start_s),
      wide = Math.max(0.5, x(o.end_s) - from),
      base = POWER - tall(data.static_w);
    c.fillStyle = colourOf('high');
    c.fillRect(from, base - tall(o.power_w), wide, tall(o.power_w));
  });
  c.fillStyle = colourOf('layer');
  c.fillRect(x(0), POWER - tall(data.static_w), x(data.latency) - x(0), tall(data.static_w));
  const box = (o, row, fill, text) => {
    const from = x(o.start_s),
      wide = x(o.end_s) - from,
      y = POWER + GAP + row * ROW;
    c.fillStyle = fill;
    c.fillRect(from, y + 1, Math.max(0.5, wide - (wide > 3 ? 1 : 0)), ROW - 2);
    if (text && wide > 24) {
      c.save();
      c.beginPath();
      c.rect(Math.max(from, left), y, wide - 3, ROW);
      c.clip();
      c.fillStyle = paper;
      c.font = '11px system-ui, sans-serif';
      c.fillText(text, Math.max(from, left) + 4, y + ROW - 5.5);
      c.restore();
    }
  };
  data.layers.filter(seen).forEach(o => box(o, 0, colourOf('layer'), 'layer ' + o.layer));
  data.operators.filter(seen).forEach(o => box(o, 1, colourOf(kindColour(o.kind).slice(6, -1)), o.name));
  data.units.forEach((unit, row) =>
    unit.slices
      .filter(s => seen(s.operator))
      .forEach(s => {
        const from = x(s.operator.start_s),
          wide = Math.max(0.5, x(s.operator.end_s) - from),
          y = POWER + GAP + (row + 2) * ROW;
        const span = s.operator.end_s - s.operator.start_s || 1,
          high = ROW - 3,
          up = high * Math.min(1, s.busy_s / span);
        const held = Math.min(high - up, (high * s.blocked_s) / span);
        c.fillStyle = busy;
        c.fillRect(from, y + 2 + high - up, wide, up);
        c.fillStyle = blocked;
        c.fillRect(from, y + 2 + high - up - held, wide, held);
      })
  );
  c.restore();
}

function timelineLabels(svg, data, left, width) {
  const narrow = left < 120,
    text = (y, words, soft) =>
      svg
        .append('text')
        .attr('x', left - 8)
        .attr('y', y)
        .attr('text-anchor', 'end')
        .attr('class', soft ? 'soft' : '')
        .text(shortened(words, narrow ? 13 : 22))
        .append('title')
        .text(words);
  const most = d3.max(data.operators, o => o.power_w) + data.static_w;
  text(16, 'power');
  text(32, 'up to ' + si(most, 'W'), true);
  ['layers', 'operators'].concat(data.units.map(u => u.path)).forEach((words, row) => {
    const y = POWER + GAP + row * ROW;
    text(y + ROW - 5, words);
    svg
      .append('line')
      .attr('x1', left)
      .attr('x2', width)
      .attr('y1', y + ROW)
      .attr('y2', y + ROW)
      .attr('stroke', 'var(--grid)');
  });
}

/* Drag chooses a stretch of time; the keys + - 0 and arrows do as much. */
function timelineBuild(section) {
  const data = timelineData(),
    controls = add(section, 'div', null, 'controls');
  let domain = [0, data.latency],
    self = null;
  const set = (from, to) => {
    const span = Math.min(data.latency, Math.max(to - from, data.latency / 1e5));
    from = Math.max(0, Math.min(from, data.latency - span));
    domain = [from, from + span];
    if (self) self.redraw();
  };
  const zoom = by => {
    const middle = (domain[0] + domain[1]) / 2,
      half = ((domain[1] - domain[0]) / 2) * by;
    set(middle - half, middle + half);
  };
  [
    ['+', 'zoom in', () => zoom(0.5)],
    ['−', 'zoom out', () => zoom(2)],
    ['all', 'the whole run', () => set(0, data.latency)]
  ].forEach(b => {
    const button = add(controls, 'button', b[0]);
    button.title = b[1];
    button.addEventListener('click', b[2]);
  });
  add(controls, 'span', 'drag over a stretch to see it closer; keys: + − 0 and arrows', 'soft');
  legend(section, [
    { words: 'busy', colour: 'var(--busy)' },
    { words: 'blocked', colour: 'var(--blocked)' },
    { words: 'power: operators', colour: 'var(--high)' },
    { words: 'power: (static)', colour: 'var(--layer)' }
  ]);
  self = chart(section, 'timeline of units', (svg, width, box) => {
    const left = width < 560 ? 92 : 150,
      height = POWER + GAP + (data.units.length + 2) * ROW;
    const x = d3.scaleLinear(domain, [left, width - 16]);
    sized(svg, width, height + 34);
    svg.attr('id', 'timeline-svg');
    let canvas = box.querySelector('canvas');
    if (canvas === null) {
      canvas = document.createElement('canvas');
      box.insertBefore(canvas, box.firstChild);
    }
    svg.style('position', 'relative');
    timelinePaint(canvas, data, x, left, width, height);
    timelineLabels(svg, data, left, width);
    const marks = d3.ticks(domain[0], domain[1], Math.max(2, Math.floor((width - left) / 90)));
    svg
      .append('g')
      .attr('transform', 'translate(0,' + height + ')')
      .call(
        d3
          .axisBottom(x)
          .tickValues(marks)
          .tickFormat(t => si(t, 's'))
          .tickSizeOuter(0)
      );
    const row = () => timelineRow(data, d3.mouse(svg.node())[1]);
    const brush = d3
      .brushX()
      .extent([
        [left, 0],
        [width, height]
      ])
      .on('end', () => {
        const chosen = d3.event.selection;
        if (chosen && chosen[1] - chosen[0] > 4) set(x.invert(chosen[0]), x.invert(chosen[1]));
        else if (chosen) self.redraw();
      });
    svg
      .append('g')
      .attr('class', 'brush')
      .call(brush)
      .on('mousemove', () =>
        timelineTip(data, row(), x.invert(d3.mouse(svg.node())[0]), d3.event.clientX, d3.event.clientY)
      )
      .on('mouseleave', tipHide);
    const marksSeen = data.operators
      .filter(o => o.end_s > domain[0] && o.start_s < domain[1])
      .map(o => ({
        x: (x(Math.max(o.start_s, domain[0])) + x(Math.min(o.end_s, domain[1]))) / 2,
        y: POWER + GAP + ROW * 1.5,
        show: (px, py) => tipShow(o.name, operatorLines(o), px, py)
      }));
    stepped(svg, marksSeen, 'timeline of ' + whole(data.operators.length) + ' slices');
    svg.on('keydown.zoom', () => {
      const act = {
        '+': () => zoom(0.5),
        '=': () => zoom(0.5),
        '-': () => zoom(2),
        0: () => set(0, data.latency),
        PageDown: () => set(domain[0] + (domain[1] - domain[0]) / 2, domain[1] + (domain[1] - domain[0]) / 2),
        PageUp: () => set(domain[0] - (domain[1] - domain[0]) / 2, domain[1] - (domain[1] - domain[0]) / 2)
      }[d3.event.key];
      if (act) {
        d3.event.preventDefault();
        act();
      }
    });
  });
}
