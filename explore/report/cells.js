/* cells.js - a heat map of two axes of a sweep: what is best at each pair of values, over all else that was varied. */
function cellsOf(points, x, y, figure) {
  const best = new Map();
  points
    .filter(p => p.meets === 1 && figure.of(p) !== null)
    .forEach(p => {
      const key = p.value[x.axis] + '\u001f' + p.value[y.axis],
        now = best.get(key);
      if (!now || (figure.more ? figure.of(p) > figure.of(now.point) : figure.of(p) < figure.of(now.point)))
        best.set(key, { x: p.value[x.axis], y: p.value[y.axis], point: p, count: now ? now.count + 1 : 1 });
      else now.count++;
    });
  return Array.from(best.values());
}

function valuesOf(points, axis) {
  const values = new Map();
  points.forEach(p => {
    if (!values.has(p.value[axis.axis])) values.set(p.value[axis.axis], p.number[axis.axis]);
  });
  return Array.from(values.entries())
    .sort((a, b) => (a[1] === null || b[1] === null ? 0 : a[1] - b[1]))
    .map(v => v[0]);
}

function cellsDraw(svg, width, points, x, y, figure, dimensions) {
  const cells = cellsOf(points, x, y, figure),
    across = valuesOf(points, x),
    up = valuesOf(points, y),
    narrow = width < 560;
  const left = narrow ? 74 : 120,
    line = up.length > 40 ? Math.max(3, 880 / up.length) : up.length > 14 ? 22 : 38,
    top = 8,
    height = top + up.length * line,
    marks = [];
  sized(svg, width, height + 46);
  const wide = (width - left) / across.length,
    gap = Math.min(2, wide / 4, line / 4),
    shade = shadeScale(
      cells.map(c => c.point),
      figure
    );
  cells
    .sort((a, b) => up.indexOf(b.y) - up.indexOf(a.y) || across.indexOf(a.x) - across.indexOf(b.x))
    .forEach(c => {
      const px = left + across.indexOf(c.x) * wide,
        py = top + (up.length - 1 - up.indexOf(c.y)) * line,
        fill = shade(c.point);
      const show = (tx, ty) =>
        tipShow(
          figure.words + ': ' + figure.text(c.point),
          ['the best of ' + whole(c.count) + (c.count === 1 ? ' point' : ' points'), c.point.settings].concat(
            pointLines(c.point, dimensions, [])
          ),
          tx,
          ty
        );
      svg
        .append('rect')
        .attr('class', 'cell')
        .attr('x', px + gap / 2)
        .attr('y', py + gap / 2)
        .attr('width', wide - gap)
        .attr('height', line - gap)
        .attr('fill', fill)
        .on('mousemove', () => show(d3.event.clientX, d3.event.clientY))
        .on('mouseleave', tipHide);
      if (wide > 52 && line > 24)
        svg
          .append('text')
          .attr('x', px + wide / 2)
          .attr('y', py + line / 2 + 4)
          .attr('text-anchor', 'middle')
          .style('fill', d3.hcl(fill).l > 55 ? '#16191f' : '#ffffff')
          .style('pointer-events', 'none')
          .text(figure.text(c.point));
      marks.push({ x: px + wide / 2, y: py + line / 2, show: show });
    });
  const skip = Math.max(1, Math.ceil(60 / wide));
  across.forEach((v, i) => {
    if (i % skip === 0)
      svg
        .append('text')
        .attr('x', left + (i + 0.5) * wide)
        .attr('y', height + 16)
        .attr('text-anchor', 'middle')
        .text(shortened(v, 14));
  });
  const skipUp = Math.max(1, Math.ceil(18 / line));
  up.forEach((v, i) => {
    if (i % skipUp === 0)
      svg
        .append('text')
        .attr('x', left - 8)
        .attr('y', top + (up.length - 0.5 - i) * line + 4)
        .attr('text-anchor', 'end')
        .text(shortened(v, narrow ? 9 : 15));
  });
  svg
    .append('text')
    .attr('class', 'soft')
    .attr('x', width)
    .attr('y', height + 36)
    .attr('text-anchor', 'end')
    .text(x.words + ' →');
  svg
    .append('text')
    .attr('class', 'soft')
    .attr('x', 2)
    .attr('y', height + 36)
    .text('↑ ' + y.words);
  stepped(svg, marks, figure.words + ' by ' + x.words + ' and ' + y.words);
}

function heatBuild(section) {
  const points = pointsOf(),
    dimensions = dimensionsOf(),
    axes = dimensions.filter(d => d.axis !== undefined && valuesOf(points, d).length > 1);
  const figures = dimensions.filter(d => d.axis === undefined),
    jobs = rowsOf('job'),
    find = name => dimensions.find(d => d.name === name);
  if (axes.length < 2) {
    add(section, 'p', 'The sweep has not two axes of several values.', 'soft');
    return;
  }
  const state = { x: axes[0], y: axes[1], figure: find('edp_js') || figures[0], job: jobs[0].job };
  const controls = add(section, 'div', null, 'controls');
  let drawing = null;
  const change = (key, convert) => value => {
    state[key] = convert(value);
    drawing.redraw();
  };
  choice(controls, 'across', 'heat-x', axes, axes[0].name, change('x', find));
  choice(controls, 'up', 'heat-y', axes, axes[1].name, change('y', find));
  choice(controls, 'the best', 'heat-figure', figures, state.figure.name, change('figure', find));
  if (jobs.length > 1)
    choice(
      controls,
      'workload',
      'heat-job',
      jobs.map(j => ({ name: String(j.job), words: j.name })),
      String(state.job),
      change('job', Number)
    );
  drawing = chart(section, 'heat map of two axes', (svg, width) =>
    cellsDraw(
      svg,
      width,
      points.filter(p => p.job === state.job),
      state.x,
      state.y,
      state.figure,
      dimensions
    )
  );
  if (DATA.sweep_points > points.length)
    add(
      section,
      'p',
      'The best of the ' + whole(points.length) + ' points on this page; the sweep has ' + whole(DATA.sweep_points) + '.',
      'soft'
    );
}
