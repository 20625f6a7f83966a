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

/* Deals items to rows, each to the highest in which it lies on no other; gives how many rows that takes. */
function rowsDealt(items) {
  const free = [];
  items
    .slice()
    .sort((a, b) => a.start_s - b.start_s)
    .forEach(o => {
      const row = free.findIndex(end => end <= o.start_s);
      o.row = row < 0 ? free.length : row;
      free[o.row] = o.end_s;
    });
  return Math.max(1, free.length);
}

/* What items have while they last, summed: stretches from one change to the next, with the `sums` of some values. */
function summed(items, values) {
  const changes = [],
    stretches = [];
  items.forEach(o => {
    const own = values(o);
    changes.push({ at: o.start_s, own: own }, { at: o.end_s, own: own.map(v => -v) });
  });
  changes.sort((a, b) => a.at - b.at);
  let sums = changes.length ? changes[0].own.map(() => 0) : [];
  changes.forEach((change, i) => {
    const until = i + 1 < changes.length ? changes[i + 1].at : change.at;
    sums = sums.map((sum, k) => sum + change.own[k]);
    if (until > change.at) stretches.push({ start_s: change.at, end_s: until, sums: sums.map(v => Math.max(0, v)) });
  });
  return stretches;
}

function timelineData() {
  const operators = rowsOf('timeline'),
    units = rowsOf('unit').map(u => Object.assign({ slices: [] }, u));
  const of = new Map(operators.map(o => [o.slice, o])),
    byUnit = new Map(units.map(u => [u.unit, u]));
  rowsOf('busy').forEach(b => {
    const o = of.get(b.slice);
    if (o && byUnit.has(b.unit) && o.end_s > o.start_s)
      byUnit.get(b.unit).slices.push({
        operator: o,
        start_s: o.start_s,
        end_s: o.end_s,
        busy: b.busy_s / (o.end_s - o.start_s),
        blocked: b.blocked_s / (o.end_s - o.start_s)
      });
  });
  units.forEach(u => {
    u.stretches = summed(u.slices, s => [s.busy, s.blocked]);
  });
  operators.forEach(o => {
    o.power_w = o.end_s > o.start_s ? o.energy_j / (o.end_s - o.start_s) : 0;
  });
  const run = rowsOf('summary')[0];
  const standing = rowsOf('operator')
    .filter(o => o.operator === '(static)')
    .reduce((sum, o) => sum + o.energy_j, 0);
  const layers = layersOf(operators),
    power = summed(operators, o => [o.power_w]),
    static_w = run.latency_s > 0 ? standing / run.latency_s : 0;
  return {
    operators: operators,
    layers: layers,
    units: units,
    latency: run.latency_s,
    power: power,
    static_w: static_w,
    most_w: (d3.max(power, s => s.sums[0]) || 0) + static_w,
    rows: timelineRows(rowsDealt(layers), rowsDealt(operators), units)
  };
}

const POWER = 70,
  ROW = 18,
  THIN = 14,
  GAP = 6;

/* Rows from the top: power, layers, operators, then the units. What goes side by side has thin rows. */
function timelineRows(layers, operators, units) {
  const rows = [{ kind: 'power', y: 0, high: POWER, words: 'power' }];
  let y = POWER + GAP;
  const put = (kind, words, high, row, unit) => {
    rows.push({ kind: kind, y: y, high: high, words: words, row: row, unit: unit });
    y += high;
  };
  [
    ['layer', 'layers', layers],
    ['operator', 'operators', operators]
  ].forEach(k => {
    for (let row = 0; row < k[2]; row++) put(k[0], row === 0 ? k[1] : '', k[2] > 1 ? THIN : ROW, row);
  });
  units.forEach(u => put('unit', u.path, ROW, 0, u));
  return rows;
}

function timelineRow(data, y) {
  return data.rows.find(row => y >= row.y && y < row.y + row.high) || { kind: 'none' };
}

/* What is drawn, for who looks at the page by a program: where operators are, and what areas of the tracks sum to. */
function timelineDrawn(data) {
  const area = (stretches, k) => d3.sum(stretches, s => s.sums[k] * (s.end_s - s.start_s)),
    rows = data.rows.filter(row => row.kind === 'operator');
  return {
    top: rows[0].y,
    high: rows[0].high,
    rows: rows.length,
    joules: area(data.power, 0),
    lasts_s: d3.sum(data.power, s => s.end_s - s.start_s),
    busy_s: d3.sum(data.units, u => area(u.stretches, 0))
  };
}

function timelineHeight(data) {
  const last = data.rows[data.rows.length - 1];
  return last.y + last.high;
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
  const at = o => time >= o.start_s && time < o.end_s,
    here = o => o.row === row.row && at(o);
  if (row.kind === 'power') {
    const drawn = data.operators.filter(at).sort((a, b) => b.power_w - a.power_w),
      sum = drawn.reduce((w, o) => w + o.power_w, 0);
    tipShow(
      'power at ' + si(time, 's'),
      ['operators: ' + si(sum, 'W')]
        .concat(drawn.slice(0, 4).map(o => '  ' + o.name + ': ' + si(o.power_w, 'W')))
        .concat('(static): ' + si(data.static_w, 'W')),
      px,
      py
    );
  } else if (row.kind === 'layer') {
    const layer = data.layers.find(here);
    if (!layer) return tipHide();
    tipShow(
      'layer ' + layer.layer,
      [si(layer.start_s, 's') + ' to ' + si(layer.end_s, 's'), 'energy ' + si(layer.energy_j, 'J')],
      px,
      py
    );
  } else if (row.kind === 'operator') {
    const operator = data.operators.find(here);
    if (!operator) return tipHide();
    tipShow(operator.name, operatorLines(operator), px, py);
  } else if (row.kind === 'unit') tipShow(row.unit.path, unitLines(row.unit, at), px, py);
  else tipHide();
}

/* How much a unit has to do at a time, and for which operators most. */
function unitLines(unit, at) {
  const slices = unit.slices.filter(at).sort((a, b) => b.busy - a.busy),
    sum = key => slices.reduce((all, s) => all + s[key], 0),
    of = s => s.operator.name + (s.operator.layer !== null ? ', layer ' + s.operator.layer : '');
  return ['busy ' + percent(sum('busy')), sum('blocked') > 0 ? 'blocked ' + percent(sum('blocked')) : null].concat(
    slices
      .filter(s => s.busy > 0)
      .slice(0, 4)
      .map(s => '  ' + percent(s.busy) + ' in ' + of(s))
  );
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
  const tall = w => ((POWER - 12) * w) / (data.most_w || 1);
  const bar = (s, bottom, high, fill) => {
    const from = x(s.start_s);
    c.fillStyle = fill;
    c.fillRect(from, bottom - high, Math.max(0.5, x(s.end_s) - from), high);
  };
  data.power.filter(seen).forEach(s => bar(s, POWER - tall(data.static_w), tall(s.sums[0]), colourOf('high')));
  c.fillStyle = colourOf('layer');
  c.fillRect(x(0), POWER - tall(data.static_w), x(data.latency) - x(0), tall(data.static_w));
  const box = (o, row, fill, text) => {
    const from = x(o.start_s),
      wide = x(o.end_s) - from;
    c.fillStyle = fill;
    c.fillRect(from, row.y + 1, Math.max(0.5, wide - (wide > 3 ? 1 : 0)), row.high - 2);
    if (text && wide > 24) {
      c.save();
      c.beginPath();
      c.rect(Math.max(from, left), row.y, wide - 3, row.high);
      c.clip();
      c.fillStyle = paper;
      c.font = (row.high < ROW ? 10 : 11) + 'px system-ui, sans-serif';
      c.fillText(text, Math.max(from, left) + 4, row.y + row.high / 2 + 3.5);
      c.restore();
    }
  };
  const rowOf = (kind, o) => data.rows.find(row => row.kind === kind && row.row === o.row);
  data.layers.filter(seen).forEach(o => box(o, rowOf('layer', o), colourOf('layer'), 'layer ' + o.layer));
  data.operators
    .filter(seen)
    .forEach(o => box(o, rowOf('operator', o), colourOf(kindColour(o.kind).slice(6, -1)), o.name));
  data.rows
    .filter(row => row.kind === 'unit')
    .forEach(row =>
      row.unit.stretches.filter(seen).forEach(s => {
        const high = ROW - 3,
          up = high * Math.min(1, s.sums[0]),
          held = Math.min(high - up, high * s.sums[1]);
        bar(s, row.y + 2 + high, up, busy);
        bar(s, row.y + 2 + high - up, held, blocked);
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
  text(16, 'power');
  text(32, 'up to ' + si(data.most_w, 'W'), true);
  data.rows.slice(1).forEach((row, i, rows) => {
    const below = row.y + row.high;
    if (row.words) text(row.y + ROW - 5, row.words);
    if (row.row !== 0 || (i + 1 < rows.length && rows[i + 1].row > 0)) return;
    svg
      .append('line')
      .attr('x1', left)
      .attr('x2', width)
      .attr('y1', below)
      .attr('y2', below)
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
      height = timelineHeight(data);
    const x = d3.scaleLinear(domain, [left, width - 16]);
    sized(svg, width, height + 34);
    svg.attr('id', 'timeline-svg').attr('data-drawn', JSON.stringify(timelineDrawn(data)));
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
        y: data.rows.find(r => r.kind === 'operator' && r.row === o.row).y + THIN / 2,
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
