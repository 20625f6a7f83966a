/* roofline.js - operators of a run below what the optical peak and the memory allow. */
function rooflineDraw(svg, width) {
  const roof = rowsOf('roof')[0],
    points = rowsOf('roofline'),
    narrow = width < 560,
    height = narrow ? 320 : 400;
  const area = { left: narrow ? 84 : 100, right: width - 8, top: 26, bottom: height - 44 };
  sized(svg, width, height);
  const ridge = roof.peak > 0 && roof.bandwidth > 0 ? roof.peak / roof.bandwidth : null;
  const known = points
    .filter(p => p.bytes > 0)
    .map(p => p.macs / p.bytes)
    .concat(ridge || []);
  const far = 10 * (d3.max(known) || 1),
    x = d3.scaleLog([(d3.min(known) || far / 100) / 10, far * 2], [area.left, area.right]);
  const rates = points.map(p => p.macs_per_s).concat(roof.peak > 0 ? roof.peak : []);
  const y = scaleOver(rates, area.bottom, area.top, true);
  axesOf(
    svg,
    area,
    { scale: x, log: true, unit: 'MAC/B', words: 'MACs per byte of DRAM traffic' },
    { scale: y.scale, log: y.log, unit: 'MAC/s', words: 'throughput' }
  );
  const line = (a, b) =>
    svg
      .append('path')
      .attr('class', 'roof')
      .attr('fill', 'none')
      .attr('stroke', 'var(--soft)')
      .attr('stroke-width', 2)
      .attr('d', 'M' + a + 'L' + b);
  const floor = y.scale.domain()[0],
    at = (i, r) => x(i) + ',' + y.scale(r);
  if (roof.peak > 0) {
    line(at(ridge || x.domain()[0], roof.peak), at(x.domain()[1], roof.peak));
    svg
      .append('text')
      .attr('class', 'halo')
      .attr('x', area.right)
      .attr('text-anchor', 'end')
      .attr('y', y.scale(roof.peak) - 5)
      .text('optical peak ' + si(roof.peak, 'MAC/s'));
  }
  if (roof.bandwidth > 0) {
    const from = Math.max(x.domain()[0], floor / roof.bandwidth),
      to = ridge || Math.min(x.domain()[1], y.scale.domain()[1] / roof.bandwidth);
    if (to > from) line(at(from, roof.bandwidth * from), at(to, roof.bandwidth * to));
    svg
      .append('text')
      .attr('class', 'halo')
      .attr('x', x(from) + 8)
      .attr('y', Math.min(area.bottom - 8, y.scale(roof.bandwidth * from) - 18))
      .text('DRAM ' + si(roof.bandwidth, 'B/s'));
  }
  const taken = [],
    marks = [];
  points.forEach(p => {
    const px = x(p.bytes > 0 ? p.macs / p.bytes : far),
      py = y.scale(p.macs_per_s);
    const show = (tx, ty) =>
      tipShow(
        p.operator,
        [
          p.placed + ', ' + si(p.macs, '') + ' MACs in ' + si(p.time_s, 's'),
          si(p.macs_per_s, 'MAC/s'),
          p.bytes > 0 ? si(p.macs / p.bytes, 'MAC/B') + ', ' + si(p.bytes, 'B') + ' of DRAM traffic' : 'no DRAM traffic'
        ],
        tx,
        ty
      );
    svg
      .append('circle')
      .attr('class', 'operator')
      .attr('cx', px)
      .attr('cy', py)
      .attr('r', 5)
      .attr('fill', p.placed === 'optical' ? 'var(--s0)' : 'var(--s1)')
      .on('mousemove', () => show(d3.event.clientX, d3.event.clientY))
      .on('mouseleave', tipHide);
    taken.push([px - 5, py - 5, px + 5, py + 5]);
    marks.push({ x: px, y: py, show: show });
  });
  if (points.some(p => !(p.bytes > 0))) {
    const top =
      d3.min(
        points.filter(p => !(p.bytes > 0)),
        p => y.scale(p.macs_per_s)
      ) - 14;
    svg
      .append('text')
      .attr('class', 'soft halo')
      .attr('x', x(far))
      .attr('text-anchor', 'middle')
      .attr('y', top)
      .text('no DRAM traffic');
    taken.push([x(far) - 50, top - 10, x(far) + 50, top + 3]);
  }
  points.forEach((p, i) => nameAt(svg, taken, marks[i].x, marks[i].y, p.operator, area.left, width));
  stepped(svg, marks, 'operators below what the machine allows');
}
