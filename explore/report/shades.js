/* shades.js - a third dimension as colour: a scale of numbers, or a colour for each text. Dark is better. */
function shadeScale(points, dimension) {
  if (!dimension) return () => null;
  if (!dimension.number) {
    const values = Array.from(new Set(points.map(dimension.of)));
    const scale = p => shadeOf(values.indexOf(dimension.of(p)));
    scale.values = values;
    return scale;
  }
  const range = d3.extent(points, dimension.of),
    log = range[0] > 0 && range[1] / range[0] > 10;
  const place = (log ? d3.scaleLog : d3.scaleLinear)(range, dimension.more ? [0.95, 0.05] : [0.05, 0.95]);
  const scale = p =>
    dimension.of(p) === null
      ? 'var(--line)'
      : d3.interpolateViridis(range[0] === range[1] ? 0.5 : place(dimension.of(p)));
  scale.range = range;
  scale.at = v => d3.interpolateViridis(range[0] === range[1] ? 0.5 : place(v));
  scale.log = log;
  return scale;
}

function shadeLegend(parent, dimension, scale, jobs, points) {
  parent.textContent = '';
  if (dimension && dimension.number) {
    const steps = d3
      .range(0, 1.01, 0.25)
      .map(t =>
        scale.log
          ? scale.range[0] * Math.pow(scale.range[1] / scale.range[0], t)
          : scale.range[0] + t * (scale.range[1] - scale.range[0])
      );
    legend(
      parent,
      steps.map(v => ({ words: dimension.words + ' ' + si(v, dimension.unit), colour: scale.at(v) }))
    );
  } else if (dimension)
    legend(
      parent,
      scale.values.map((v, i) => ({ words: v, colour: shadeOf(i) }))
    );
  else
    legend(
      parent,
      jobs.map((j, i) => ({ words: j.name, colour: shadeOf(i) }))
    );
  add(
    parent,
    'p',
    'Large: no other point of its workload is as good in latency, energy and area. The line: none is better in ' +
      'both figures drawn. Hollow: against a constraint. ' +
      whole(points.length) +
      ' points drawn' +
      (DATA.sweep_points > points.length
        ? ' of ' + whole(DATA.sweep_points) + ', every point of a front among them.'
        : '.'),
    'soft'
  );
}
