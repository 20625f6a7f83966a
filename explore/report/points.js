/* points.js - the points of a sweep: any two figures or axes, a third as colour, the front, names, bounds. */

/* What may be drawn: figures, then axes; of(point) gives a number, text(point) what to write. */
function dimensionsOf() {
  const figures = DATA.figures.map(f => ({
    name: f.name,
    words: f.words,
    unit: f.unit,
    more: f.more,
    number: true,
    of: p => p[f.name],
    text: p => si(p[f.name], f.unit)
  }));
  const axes = rowsOf('axis').map((a, i) => ({
    name: 'axis:' + a.name,
    words: a.name,
    unit: '',
    more: false,
    axis: i,
    number: a.numbers === 1,
    of: p => (a.numbers === 1 ? p.number[i] : p.value[i]),
    text: p => p.value[i]
  }));
  return figures
    .filter(f => rowsOf('point').some(p => p[f.name] !== null))
    .concat(axes.filter(a => a.number || a.axis >= 0));
}

function pointsOf() {
  const split = (text, convert) => (text === null ? [] : text.split('\u001f').map(convert));
  return rowsOf('point').map(p =>
    Object.assign(p, { value: split(p.value, t => t), number: split(p.number, t => (t === '' ? null : Number(t))) })
  );
}

/* Points that no other of their job beats in both: of equals the first. */
function frontOf(points, x, y) {
  const better = (d, p) => (d.more ? -d.of(p) : d.of(p)),
    front = [];
  d3.nest()
    .key(p => p.job)
    .entries(points.filter(p => p.meets === 1 && x.of(p) !== null && y.of(p) !== null))
    .forEach(job => {
      let least = Infinity;
      job.values
        .slice()
        .sort((a, b) => better(x, a) - better(x, b) || better(y, a) - better(y, b))
        .forEach(p => {
          if (better(y, p) < least) {
            front.push(p);
            least = better(y, p);
          }
        });
    });
  return front;
}

/* Comparisons of a figure or an axis with a number, as the sweep's constraints have them. */
function boundsOf(constraints) {
  const bounds = [],
    pattern = /([A-Za-z_][\w.[\]]*)\s*(<=?|>=?)\s*([-+.\deE]+)/g;
  for (let m = pattern.exec(constraints || ''); m !== null; m = pattern.exec(constraints || ''))
    if (isFinite(Number(m[3]))) bounds.push({ name: m[1], sign: m[2], value: Number(m[3]) });
  return bounds;
}

function pointLines(point, dimensions, shown) {
  const seen = new Set();
  return shown
    .concat(dimensions.filter(d => ['latency_s', 'energy_j', 'area_mm2', 'peak_w'].includes(d.name)))
    .filter(d => d && !seen.has(d.name) && seen.add(d.name))
    .map(d => d.words + ': ' + d.text(point))
    .concat('run ' + point.run + (point.meets === 1 ? '' : ', against a constraint'));
}

/* A name at a place with room: none overlaps another. */
function nameAt(svg, taken, x, y, words, left, right) {
  const length = words.length * 6.2;
  const sides = [
    [8, 14, 'start'],
    [-8, 14, 'end'],
    [8, -8, 'start'],
    [-8, -8, 'end'],
    [8, 26, 'start'],
    [-8, 26, 'end']
  ];
  for (const side of sides) {
    const from = side[2] === 'start' ? x + side[0] : x + side[0] - length;
    const box = [from, y + side[1] - 10, from + length, y + side[1] + 3];
    if (
      box[0] < left ||
      box[2] > right ||
      taken.some(t => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3])
    )
      continue;
    taken.push(box);
    svg
      .append('text')
      .attr('class', 'name soft halo')
      .attr('x', x + side[0])
      .attr('y', y + side[1])
      .attr('text-anchor', side[2])
      .style('font-size', '11px')
      .text(words);
    return;
  }
}

function frontDraw(svg, front, x, y, at) {
  d3.nest()
    .key(p => p.job)
    .entries(front)
    .forEach(job => {
      const sorted = job.values.slice().sort((a, b) => x.of(a) - x.of(b));
      let path = '';
      sorted.forEach((p, i) => {
        const before = sorted[i - 1];
        if (before) {
          const better = x.more ? p : before,
            worse = x.more ? before : p;
          path += 'L' + at.x(worse) + ',' + at.y(better);
        }
        path += (before ? 'L' : 'M') + at.x(p) + ',' + at.y(p);
      });
      svg
        .append('path')
        .attr('class', 'front')
        .attr('d', path)
        .attr('fill', 'none')
        .attr('stroke', 'var(--soft)')
        .attr('stroke-width', 1.5);
    });
}

function boundsDraw(svg, bounds, x, y, sx, sy, area) {
  bounds.forEach(b => {
    const of = d => d.name === b.name || d.name === 'axis:' + b.name,
      words = b.name + ' ' + b.sign + ' ';
    const inside = (s, v) => {
      const d = s.domain();
      return v >= Math.min(d[0], d[1]) && v <= Math.max(d[0], d[1]);
    };
    const factor = d => (d.unit === '%' ? 100 : 1);
    if (of(x) && inside(sx, b.value * factor(x))) {
      const at = sx(b.value * factor(x));
      svg
        .append('line')
        .attr('class', 'bound')
        .attr('x1', at)
        .attr('x2', at)
        .attr('y1', area.top)
        .attr('y2', area.bottom);
      svg
        .append('text')
        .attr('class', 'halo')
        .attr('x', at + 4)
        .attr('y', area.top + 12)
        .text(words + si(b.value * factor(x), x.unit));
    }
    if (of(y) && inside(sy, b.value * factor(y))) {
      const at = sy(b.value * factor(y));
      svg
        .append('line')
        .attr('class', 'bound')
        .attr('x1', area.left)
        .attr('x2', area.right)
        .attr('y1', at)
        .attr('y2', at);
      svg
        .append('text')
        .attr('class', 'halo')
        .attr('x', area.right)
        .attr('text-anchor', 'end')
        .attr('y', at - 4)
        .text(words + si(b.value * factor(y), y.unit));
    }
  });
  svg.selectAll('.bound').attr('stroke', 'var(--high)').attr('stroke-width', 1.5).attr('stroke-dasharray', '6 4');
}

/* What was brushed: how many, where they lie on each axis, and a table. */
function pickedShow(box, picked, points, dimensions) {
  box.textContent = '';
  if (picked.length === 0) {
    add(
      box,
      'p',
      'Drag over points to select them, or step to one with the arrow keys and press Enter; Escape selects none.',
      'soft screen'
    );
    return;
  }
  const told = d => {
    const e = d3.extent(picked, d.of);
    return d.words + ' ' + si(e[0], d.unit) + (e[0] === e[1] ? '' : ' to ' + si(e[1], d.unit));
  };
  const shown = dimensions.filter(d => ['latency_s', 'energy_j', 'area_mm2', 'peak_w'].includes(d.name));
  const count = add(
    box,
    'p',
    whole(picked.length) +
      (picked.length === 1 ? ' point' : ' points') +
      ' selected: ' +
      shown.map(told).join(', ') +
      '.'
  );
  count.id = 'picked-count';
  const chips = add(box, 'div', null, 'chips');
  dimensions
    .filter(d => d.axis !== undefined)
    .forEach(d => {
      const values = d3
        .nest()
        .key(p => p.value[d.axis])
        .rollup(v => v.length)
        .entries(picked);
      if (values.length <= 12) add(chips, 'span', d.words + ': ' + values.map(v => v.key + ' ×' + v.value).join(', '));
    });
  const jobs = new Map(rowsOf('job').map(j => [j.job, j.name]));
  tableOf(
    box,
    [
      { head: 'run', of: p => p.run, number: true, text: p => String(p.run) },
      { head: 'workload', of: p => jobs.get(p.job) },
      { head: 'settings', of: p => p.settings, wide: true }
    ].concat(shown.map(d => figure(d.words, d.of, d.unit))),
    picked,
    20
  );
}

function paretoBuild(section) {
  const points = pointsOf(),
    dimensions = dimensionsOf(),
    jobs = rowsOf('job'),
    bounds = boundsOf(DATA.constraints);
  const find = name => dimensions.find(d => d.name === name) || null,
    numbers = dimensions.filter(d => d.number);
  const state = { x: find('latency_s'), y: find('energy_j'), colour: null, job: 'all', picked: [] };
  const controls = add(section, 'div', null, 'controls');
  let drawing = null;
  const change = (key, convert) => value => {
    state[key] = convert(value);
    state.picked = [];
    drawing.redraw();
  };
  choice(controls, 'across', 'pareto-x', numbers, 'latency_s', change('x', find));
  choice(controls, 'up', 'pareto-y', numbers, 'energy_j', change('y', find));
  choice(
    controls,
    'colour',
    'pareto-colour',
    [{ name: '', words: 'workload' }].concat(dimensions),
    '',
    change('colour', find)
  );
  if (jobs.length > 1)
    choice(
      controls,
      'workload',
      'pareto-job',
      [{ name: 'all', words: 'all' }].concat(jobs.map(j => ({ name: String(j.job), words: j.name }))),
      'all',
      change('job', v => v)
    );
  const key = add(section, 'div');
  const box = document.createElement('div');
  box.className = 'picked';
  box.id = 'picked';
  drawing = chart(section, 'points of the sweep', (svg, width, holder) =>
    paretoDraw(svg, width, holder, {
      points: points.filter(p => state.job === 'all' || String(p.job) === state.job),
      jobs: jobs,
      state: state,
      bounds: bounds,
      key: key,
      dimensions: dimensions,
      pick: picked => {
        state.picked = picked;
        pickedShow(box, picked, points, dimensions);
      }
    })
  );
  section.appendChild(box);
}

/* Points on canvas: a hundred thousand are as quick as ten. */
function pointsPaint(canvas, width, height, view, at, shade) {
  const ratio = window.devicePixelRatio || 1,
    c = canvas.getContext('2d'),
    few = view.points.length < 400;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = width + 'px';
  canvas.style.height = height + 'px';
  c.scale(ratio, ratio);
  const named = new Map(),
    plain = text => {
      if (!named.has(text)) named.set(text, text.startsWith('var(') ? colourOf(text.slice(6, -1)) : text);
      return named.get(text);
    };
  const picked = new Set(view.state.picked),
    ink = colourOf('ink');
  [0, 1].forEach(best =>
    view.points
      .filter(p => p.best === best)
      .forEach(p => {
        c.beginPath();
        c.arc(at.x(p), at.y(p), best ? 5 : few ? 3 : 1.8, 0, 2 * Math.PI);
        c.globalAlpha = best || shade.range ? 1 : 0.55;
        c.fillStyle = c.strokeStyle = plain(shade(p) || shadeOf(p.job));
        if (p.meets === 1) c.fill();
        else c.stroke();
        if (picked.has(p)) {
          c.globalAlpha = 1;
          c.lineWidth = 2;
          c.strokeStyle = ink;
          c.stroke();
          c.lineWidth = 1;
        }
      })
  );
}

function paretoDraw(svg, width, holder, view) {
  const narrow = width < 560,
    x = view.state.x,
    y = view.state.y,
    height = narrow ? 340 : 460;
  const area = { left: narrow ? 62 : 76, right: width - 8, top: 26, bottom: height - 44 };
  sized(svg, width, height);
  svg.attr('id', 'pareto-points');
  const known = view.points.filter(p => x.of(p) !== null && y.of(p) !== null);
  const sx = scaleOver(known.map(x.of), area.left, area.right, true),
    sy = scaleOver(known.map(y.of), area.bottom, area.top, true);
  const at = { x: p => sx.scale(x.of(p)), y: p => sy.scale(y.of(p)) },
    shade = shadeScale(known, view.state.colour);
  let canvas = holder.querySelector('canvas');
  if (canvas === null) {
    canvas = document.createElement('canvas');
    holder.insertBefore(canvas, holder.firstChild);
  }
  svg.style('position', 'relative');
  axesOf(
    svg,
    area,
    { scale: sx.scale, log: sx.log, unit: x.unit, words: x.words },
    { scale: sy.scale, log: sy.log, unit: y.unit, words: y.words }
  );
  const front = frontOf(known, x, y),
    solid = known.length < 400 ? known : front.concat(known.filter(p => p.best === 1));
  const taken = solid.map(p => [at.x(p) - 4, at.y(p) - 4, at.x(p) + 4, at.y(p) + 4]);
  pointsPaint(canvas, width, height, Object.assign({}, view, { points: known }), at, shade);
  frontDraw(svg, front, x, y, at);
  svg.attr('data-front', front.length).attr('data-points', known.length);
  boundsDraw(svg, view.bounds, x, y, sx.scale, sy.scale, area);
  front
    .concat(known.filter(p => p.best === 1 && !front.includes(p)).slice(0, 40))
    .forEach(p =>
      nameAt(svg, taken, at.x(p), at.y(p), shortened(p.settings || 'run ' + p.run, narrow ? 24 : 44), area.left, width)
    );
  const ring = svg
    .append('circle')
    .attr('id', 'ring')
    .attr('r', 8)
    .attr('fill', 'none')
    .attr('stroke', 'var(--ink)')
    .attr('stroke-width', 2)
    .style('display', 'none');
  const show = (p, px, py) => {
    ring.attr('cx', at.x(p)).attr('cy', at.y(p)).style('display', null);
    tipShow(p.settings || 'run ' + p.run, pointLines(p, view.dimensions, [x, y, view.state.colour]), px, py);
  };
  const tree = d3.quadtree(known, at.x, at.y);
  const pick = picked => {
    view.pick(picked);
    pointsPaint(canvas, width, height, Object.assign({}, view, { points: known }), at, shade);
  };
  const brush = d3
    .brush()
    .extent([
      [area.left, area.top],
      [area.right, area.bottom]
    ])
    .on('end', () => {
      const s = d3.event.selection;
      if (d3.event.sourceEvent)
        pick(
          s
            ? known.filter(p => at.x(p) >= s[0][0] && at.x(p) <= s[1][0] && at.y(p) >= s[0][1] && at.y(p) <= s[1][1])
            : []
        );
    });
  const brushed = svg.append('g').attr('class', 'brush').call(brush);
  svg.on('keydown.clear', () => {
    if (d3.event.key === 'Escape') {
      brushed.call(brush.move, null);
      pick([]);
    }
  });
  brushed
    .on('mousemove', () => {
      const m = d3.mouse(svg.node()),
        near = tree.find(m[0], m[1], 20);
      if (near) show(near, d3.event.clientX, d3.event.clientY);
      else {
        tipHide();
        ring.style('display', 'none');
      }
    })
    .on('mouseleave', () => {
      tipHide();
      ring.style('display', 'none');
    });
  const steps = known.length > 2000 ? known.filter(p => p.best === 1 || front.includes(p)) : known.slice();
  stepped(
    svg,
    steps
      .sort((a, b) => at.x(a) - at.x(b))
      .map(p => ({ x: at.x(p), y: at.y(p), point: p, show: (px, py) => show(p, px, py) })),
    'points of the sweep',
    mark =>
      pick(
        view.state.picked.includes(mark.point)
          ? view.state.picked.filter(p => p !== mark.point)
          : view.state.picked.concat(mark.point)
      )
  );
  shadeLegend(view.key, view.state.colour, shade, view.jobs, known);
  view.pick(view.state.picked);
}
