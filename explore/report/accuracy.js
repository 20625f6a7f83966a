/* accuracy.js - what networks reach on the run's design, over the light of a product, with bars of error. */
function accuracyDraw(svg, width, rows, words) {
  const narrow = width < 560,
    height = narrow ? 320 : 400,
    area = { left: narrow ? 56 : 76, right: width - 8, top: 26, bottom: height - 44 };
  sized(svg, width, height);
  const x = scaleOver(rows.map(r => r.photons_per_mac), area.left, area.right, true);
  const y = scaleOver(
    d3.merge(rows.map(r => [r.reached - r.error, r.reached + r.error])).filter(v => v > 0),
    area.bottom,
    area.top,
    true
  );
  axesOf(
    svg,
    area,
    { scale: x.scale, log: x.log, unit: '', words: 'photons detected for a product' },
    { scale: y.scale, log: y.log, unit: '', words: words }
  );
  const floor = y.scale.domain()[0];
  const marks = [];
  Array.from(new Set(rows.map(r => r.series))).forEach((series, i) => {
    const own = rows.filter(r => r.series === series),
      at = r => [x.scale(r.photons_per_mac), y.scale(r.reached)];
    svg
      .append('path')
      .attr('fill', 'none')
      .attr('stroke', shadeOf(i))
      .attr('stroke-width', 2)
      .attr('d', 'M' + own.map(at).join('L'));
    own.forEach(r => {
      const px = at(r)[0],
        py = at(r)[1];
      const show = (tx, ty) =>
        tipShow(
          series,
          [
            words + ' ' + r.reached.toPrecision(4) + (r.error > 0 ? ' ± ' + r.error.toPrecision(2) : ''),
            si(r.photons_per_mac, '') + ' photons for a product',
            r.j_per_token === null ? null : si(r.j_per_token, 'J') + ' for a token'
          ],
          tx,
          ty
        );
      if (r.error > 0)
        svg
          .append('line')
          .attr('x1', px)
          .attr('x2', px)
          .attr('y1', y.scale(Math.max(floor, r.reached - r.error)))
          .attr('y2', y.scale(r.reached + r.error))
          .attr('stroke', shadeOf(i));
      svg
        .append('circle')
        .attr('cx', px)
        .attr('cy', py)
        .attr('r', 4)
        .attr('fill', shadeOf(i))
        .on('mousemove', () => show(d3.event.clientX, d3.event.clientY))
        .on('mouseleave', tipHide);
      marks.push({ x: px, y: py, show: show });
    });
  });
  stepped(svg, marks, words + ' over light');
}

function accuracyPart(section, all) {
  const classes = all.every(r => r.perplexity === null),
    words = classes ? 'accuracy (%)' : 'perplexity';
  const rows = all.map(r =>
    Object.assign({}, r, {
      reached: classes ? 100 * r.accuracy : r.perplexity,
      error: (classes ? 100 : 1) * (r.sigma || 0)
    })
  );
  const lit = rows.filter(r => r.photons_per_mac > 0);
  if (lit.length > 1) {
    legend(
      section,
      Array.from(new Set(lit.map(r => r.series))).map((s, i) => ({ words: s, colour: shadeOf(i) }))
    );
    chart(section, words + ' over light', (svg, width) => accuracyDraw(svg, width, lit, words));
  }
  const digits = (head, of) => ({
    head: head,
    of: of,
    text: r => (of(r) === null ? '–' : of(r).toPrecision(4)),
    number: true
  });
  tableOf(
    section,
    [
      { head: 'run', of: r => r.run, number: true },
      { head: 'network', of: r => r.series },
      digits('photons/MAC', r => r.photons_per_mac),
      digits(words, r => r.reached),
      digits('±', r => (r.sigma === null ? null : r.error)),
      digits('over noiseless', r => r.over_noiseless),
      digits('over exact', r => r.over_exact),
      figure('energy per token', r => r.j_per_token, 'J')
    ],
    rows,
    40
  ).id = 'accuracies';
}
