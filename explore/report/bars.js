/* bars.js - lying bars whose parts follow one another, and the tornado: spans to both sides of what a run takes. */

/* rows: {name, parts: [{key, value, colour, opacity}], told: [lines]}; the scale is shared. */
function barsDraw(svg, width, rows, unit, label, most) {
  const narrow = width < 560,
    left = narrow ? 92 : 150,
    right = 78,
    line = 24,
    top = 4;
  sized(svg, width, top + rows.length * line + 44);
  const total = row => d3.sum(row.parts, p => p.value);
  const x = d3.scaleLinear([0, most || d3.max(rows, total) || 1], [0, width - left - right]);
  axisOf(svg, x, {
    x: left,
    y: top + rows.length * line,
    length: width - left - right,
    across: rows.length * line,
    bottom: true,
    unit: unit,
    words: label
  });
  const marks = [];
  rows.forEach((row, i) => {
    const y = top + i * line;
    let at = 0;
    lineName(svg, left - 8, y + line / 2 + 4, row.name, narrow ? 13 : 21);
    row.parts
      .filter(p => p.value > 0)
      .forEach(p => {
        const bar = svg
          .append('rect')
          .attr('class', 'bar')
          .attr('x', left + x(at))
          .attr('y', y + 3)
          .attr('width', Math.max(0.5, x(p.value)))
          .attr('height', line - 6)
          .attr('fill', p.colour)
          .attr('fill-opacity', p.opacity || 1);
        const show = (px, py) => tipShow(row.name, [p.key + ': ' + si(p.value, unit)].concat(row.told || []), px, py);
        bar.on('mousemove', () => show(d3.event.clientX, d3.event.clientY)).on('mouseleave', tipHide);
        marks.push({ x: left + x(at + p.value / 2), y: y + line / 2, show: show });
        at += p.value;
      });
    svg
      .append('text')
      .attr('x', left + x(at) + 6)
      .attr('y', y + line / 2 + 4)
      .attr('class', 'total')
      .text(si(total(row), unit));
  });
  stepped(svg, marks, label);
}

function shortened(text, most) {
  return text.length > most ? text.slice(0, most - 1) + '…' : text;
}

function tornadoDraw(svg, width, spreads, energy) {
  const narrow = width < 560,
    left = narrow ? 110 : 250,
    right = 60,
    line = 26,
    top = 4,
    marks = [];
  sized(svg, width, top + spreads.length * line + 44);
  const low = s => energy + s.energy_j * (s.low - 1),
    high = s => energy + s.energy_j * (s.high - 1);
  const room = (d3.max(spreads, high) - d3.min(spreads, low)) * 0.06;
  const x = d3.scaleLinear(
    [Math.max(0, d3.min(spreads, low) - room), d3.max(spreads, high) + room],
    [left, width - right]
  );
  axisOf(svg, x, {
    x: 0,
    y: top + spreads.length * line,
    length: width - left - right,
    across: spreads.length * line,
    bottom: true,
    unit: 'J',
    words: ''
  });
  svg
    .append('text')
    .attr('class', 'soft')
    .attr('text-anchor', 'end')
    .attr('x', width - right)
    .attr('y', top + spreads.length * line + 36)
    .text('energy of the run');
  spreads.forEach((s, i) => {
    const y = top + i * line;
    const show = (px, py) =>
      tipShow(
        s.price,
        [
          'low: ' + si(low(s), 'J'),
          'as designed: ' + si(energy, 'J'),
          'high: ' + si(high(s), 'J'),
          percent(s.share) + ' of the variance'
        ],
        px,
        py
      );
    lineName(svg, left - 8, y + line / 2 + 4, s.price, narrow ? 16 : 37);
    [
      [low(s), energy, 'low'],
      [energy, high(s), 'high']
    ].forEach(span => {
      svg
        .append('rect')
        .attr('class', 'bar')
        .attr('x', x(span[0]))
        .attr('y', y + 3)
        .attr('height', line - 6)
        .attr('width', Math.max(0, x(span[1]) - x(span[0])))
        .attr('fill', 'var(--' + span[2] + ')')
        .on('mousemove', () => show(d3.event.clientX, d3.event.clientY))
        .on('mouseleave', tipHide);
    });
    svg
      .append('text')
      .attr('x', x(high(s)) + 6)
      .attr('y', y + line / 2 + 4)
      .text(percent(s.share));
    marks.push({ x: x(energy), y: y + line / 2, show: show });
  });
  svg
    .append('line')
    .attr('x1', x(energy))
    .attr('x2', x(energy))
    .attr('y1', 0)
    .attr('y2', top + spreads.length * line)
    .attr('stroke', 'var(--ink)');
  stepped(svg, marks, 'energy with one price at either end of its range');
}
