/* base.js - what all parts of the page share: data, figures with units, tables, tips, keys, charts. */
const DATA = JSON.parse(document.getElementById('data').textContent);

/* Rows of a table of the data as objects; none if there is no such table. */
function rowsOf(name) {
  const table = DATA.tables[name];
  return table === undefined
    ? []
    : table.rows.map(row => {
        const object = {};
        table.columns.forEach((column, i) => {
          object[column] = row[i];
        });
        return object;
      });
}

/* ---- figures: three digits, an SI prefix, the unit; as fanlight's own reports write them ---- */

function si(value, unit) {
  const prefixes = ['y', 'z', 'a', 'f', 'p', 'n', 'µ', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
  if (value === null || value === undefined || !isFinite(value)) return '–';
  if (unit === '%') return percent(value / 100);
  if (unit === 'mm^2')
    return Math.abs(value) < 1e5
      ? Number(value.toPrecision(Math.abs(value) < 1e4 ? 4 : 5)) + ' mm²'
      : Number((value / 1e6).toPrecision(4)) + ' m²';
  if (value === 0) return unit === '' ? '0' : '0 ' + unit;
  const rounded = Number(value.toPrecision(3));
  const thousands = Math.floor(Math.log10(Math.abs(rounded)) / 3 + 1e-9);
  if (thousands < -8 || thousands > 8) return rounded + (unit === '' ? '' : ' ' + unit);
  const digits = Number((rounded / Math.pow(1000, thousands)).toPrecision(3));
  const tail = prefixes[thousands + 8] + unit;
  return tail === '' ? String(digits) : digits + ' ' + tail;
}

function percent(share) {
  if (share === null || share === undefined) return '–';
  return share > 0 && share < 0.0005 ? '<0.1 %' : (100 * share).toFixed(1) + ' %';
}

function whole(value) {
  return value === null || value === undefined ? '–' : value.toLocaleString('en').replace(/,/g, '\u202f');
}

/* ---- elements ---- */

function add(parent, tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  if (className) element.className = className;
  parent.appendChild(element);
  return element;
}

/* A part of the page, with its entry in the row of links. */
function part(id, title, intro) {
  const section = add(document.getElementById('main'), 'section');
  section.id = id;
  add(section, 'h2', title);
  if (intro) add(section, 'p', intro, 'intro');
  const link = add(document.getElementById('parts'), 'a', title);
  link.href = '#' + id;
  return section;
}

function choice(parent, label, id, options, chosen, change) {
  const select = add(add(parent, 'label', label + ' '), 'select');
  select.id = id;
  options.forEach(option => {
    const o = add(select, 'option', option.words);
    o.value = option.name;
  });
  select.value = chosen;
  select.addEventListener('change', () => change(select.value));
  return select;
}

function legend(parent, entries) {
  const list = add(parent, 'ul', null, 'legend');
  entries.forEach(entry => {
    const item = add(list, 'li');
    add(item, 'i').style.background = entry.colour;
    item.appendChild(document.createTextNode(entry.words));
  });
  return list;
}

/* A colour of the theme, for canvas; anything else is one already. */
function colourOf(name) {
  const named = getComputedStyle(document.documentElement)
    .getPropertyValue('--' + name)
    .trim();
  return named !== '' ? named : name;
}

/* Series beyond the last colour begin again. */
function shadeOf(number) {
  return 'var(--s' + (number % 10) + ')';
}

/* What kind of operator: the same colour everywhere. */
function kindColour(kind) {
  const kinds = ['linear', 'matmul', 'softmax', 'activation', 'norm', 'add', 'embed', 'kv_append', 'rotary'];
  return kinds.includes(kind) ? shadeOf(kinds.indexOf(kind)) : shadeOf(9);
}

function componentColour(name) {
  return getComputedStyle(document.documentElement)
    .getPropertyValue('--' + name)
    .trim() !== ''
    ? 'var(--' + name + ')'
    : 'var(--s6)';
}

/* ---- tables ---- */

/* columns: {head, of(row), text(row), number, wide}; a click on a head sorts. `most` rows until all are asked for. */
function tableOf(parent, columns, rows, most) {
  const scroll = add(parent, 'div', null, 'scroll');
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', columns.map(c => c.head).join(', '));
  const table = add(scroll, 'table'),
    head = add(add(table, 'thead'), 'tr'),
    body = add(table, 'tbody');
  let shown = rows.slice(),
    all = !most || rows.length <= most,
    by = null,
    up = true;
  function fill() {
    body.textContent = '';
    shown.slice(0, all ? shown.length : most).forEach(row => {
      const line = add(body, 'tr');
      columns.forEach(c =>
        add(
          line,
          'td',
          c.text ? c.text(row) : c.of(row) === null ? '–' : c.of(row),
          c.number ? 'n' : c.wide ? 'wide' : c.code ? 'code' : ''
        )
      );
    });
  }
  columns.forEach(column => {
    const cell = add(head, 'th', null, column.number ? 'n' : '');
    cell.scope = 'col';
    add(cell, 'button', column.head).addEventListener('click', () => {
      up = by === column ? !up : !column.number;
      by = column;
      shown.sort((a, b) => d3[up ? 'ascending' : 'descending'](column.of(a), column.of(b)));
      head.querySelectorAll('th').forEach(th => th.removeAttribute('aria-sort'));
      cell.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      fill();
    });
  });
  fill();
  if (!all) {
    const more = add(parent, 'button', 'show all ' + whole(rows.length) + ' rows', 'screen');
    more.addEventListener('click', () => {
      all = true;
      more.remove();
      fill();
    });
  }
  return table;
}

/* The same below a drawing, folded. */
function tableFolded(section, words, columns, rows, most) {
  const more = add(section, 'details');
  add(more, 'summary', words);
  return tableOf(more, columns, rows, most);
}

function figure(head, of, unit) {
  return { head: head, of: of, text: row => si(of(row), unit), number: true };
}

function shareOf(head, of) {
  return { head: head, of: of, text: row => percent(of(row)), number: true };
}

/* ---- tips ---- */

function tipShow(title, lines, x, y) {
  const tip = document.getElementById('tip');
  tip.textContent = '';
  add(tip, 'b', title);
  lines.filter(line => line !== null).forEach(line => add(tip, 'div', line));
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(x + 14, window.innerWidth - box.width - 4)) + 'px';
  tip.style.top = (y + box.height + 20 > window.innerHeight ? Math.max(4, y - box.height - 12) : y + 14) + 'px';
}

function tipHide() {
  document.getElementById('tip').hidden = true;
}

/* Marks of a drawing by arrow keys: each has show(x, y), and a place in the drawing. Enter does what `act` does. */
function stepped(svg, marks, label, act) {
  let at = -1;
  const node = svg.node();
  svg
    .attr('tabindex', 0)
    .attr('role', 'application')
    .attr('aria-label', label + '; arrow keys step through it')
    .on('keydown.steps', () => {
      const key = d3.event.key,
        step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
      if (key === 'Escape') tipHide();
      if (key === 'Enter' && act && at >= 0) act(marks[at]);
      if (step === undefined || marks.length === 0) return;
      d3.event.preventDefault();
      at = (at + step + marks.length) % marks.length;
      const box = node.getBoundingClientRect();
      if (marks[at].focus) marks[at].focus();
      marks[at].show(box.left + marks[at].x, box.top + marks[at].y);
    })
    .on('blur.steps', tipHide);
}

/* ---- charts ---- */

const CHARTS = [],
  PAPER = { on: false };

/* A drawing that is made again when its width, the theme or the medium changes: draw(svg, width). */
function chart(parent, label, draw) {
  const box = add(parent, 'figure'),
    svg = d3.select(box).append('svg');
  let width = 0;
  const self = {
    node: box,
    redraw: forced => {
      const now = forced || Math.floor(box.getBoundingClientRect().width);
      if (now < 50) return;
      width = now;
      svg.selectAll('*').remove();
      svg.attr('role', 'img').attr('aria-label', label);
      draw(svg, width, box);
    },
    resize: () => {
      if (Math.floor(box.getBoundingClientRect().width) !== width) self.redraw();
    }
  };
  CHARTS.push(self);
  self.redraw();
  new ResizeObserver(() => {
    if (!PAPER.on) self.resize();
  }).observe(box);
  return self;
}

function redrawAll(width) {
  CHARTS.forEach(c => c.redraw(width));
}

function sized(svg, width, height) {
  svg
    .attr('viewBox', '0 0 ' + width + ' ' + height)
    .attr('width', width)
    .attr('height', height);
}

/* Marks along an axis: 1, 2, 5 of each decade on a long one, else even steps; never more than fit. */
function marksOf(scale, log, room) {
  const domain = scale.domain(),
    low = Math.min(domain[0], domain[1]),
    high = Math.max(domain[0], domain[1]);
  const decades = log ? Math.log10(high / low) : 0;
  if (log && decades > 0.8) {
    const steps = decades * 3 <= room ? [1, 2, 5] : [1],
      skip = Math.max(1, Math.ceil(decades / room)),
      marks = [];
    for (let d = Math.floor(Math.log10(low)); d <= Math.log10(high); d += skip)
      steps.forEach(s => {
        const m = s * Math.pow(10, d);
        if (m >= low && m <= high) marks.push(m);
      });
    return marks;
  }
  return d3.ticks(low, high, room);
}

/* An axis with figures and a grid; `across` is how far the grid reaches. */
function axisOf(svg, scale, options) {
  const marks = marksOf(scale, options.log, Math.max(2, Math.floor(options.length / (options.bottom ? 90 : 45))));
  const axis = (options.bottom ? d3.axisBottom(scale) : d3.axisLeft(scale))
    .tickValues(marks)
    .tickSizeOuter(0)
    .tickFormat(value => si(value, options.unit));
  const grid = svg
    .append('g')
    .attr('class', 'grid')
    .attr('transform', 'translate(' + options.x + ',' + options.y + ')');
  marks.forEach(m =>
    grid
      .append('line')
      .attr('x1', options.bottom ? scale(m) : 0)
      .attr('x2', options.bottom ? scale(m) : options.across)
      .attr('y1', options.bottom ? 0 : scale(m))
      .attr('y2', options.bottom ? -options.across : scale(m))
  );
  svg
    .append('g')
    .attr('transform', 'translate(' + options.x + ',' + options.y + ')')
    .call(axis)
    .selectAll('.tick text')
    .filter(m => options.bottom && scale(m) - scale.range()[0] > options.length - 26)
    .attr('text-anchor', 'end');
  svg
    .append('text')
    .attr('class', 'soft')
    .attr('text-anchor', options.bottom ? 'end' : 'start')
    .attr('x', options.bottom ? options.x + options.length : 2)
    .attr('y', options.bottom ? options.y + 36 : options.y - options.length - 8 + (options.lift || 0))
    .text(options.words);
}

/* Both axes of an area, x below and y at the left, and what they tell: { scale, log, unit, words }. */
function axesOf(svg, area, x, y) {
  axisOf(svg, x.scale, {
    x: 0,
    y: area.bottom,
    length: area.right - area.left,
    across: area.bottom - area.top,
    bottom: true,
    unit: x.unit,
    words: '',
    log: x.log
  });
  svg
    .append('text')
    .attr('class', 'soft')
    .attr('text-anchor', 'end')
    .attr('x', area.right)
    .attr('y', area.bottom + 36)
    .text(x.words + ' →');
  axisOf(svg, y.scale, {
    x: area.left,
    y: 0,
    length: area.bottom - area.top,
    across: area.right - area.left,
    unit: y.unit,
    words: '',
    log: y.log
  });
  svg
    .append('text')
    .attr('class', 'soft')
    .attr('x', 2)
    .attr('y', 12)
    .text('↑ ' + y.words);
}

/* What a line is called, left of it; in full where the mouse is. */
function lineName(svg, x, y, name, most) {
  svg
    .append('text')
    .attr('x', x)
    .attr('y', y)
    .attr('text-anchor', 'end')
    .text(shortened(name, most))
    .append('title')
    .text(name);
}

/* A scale over values, with room at both ends; logarithmic if all are above 0 and it helps. */
function scaleOver(values, from, to, wantLog) {
  const good = values.filter(v => v !== null && isFinite(v));
  let low = d3.min(good),
    high = d3.max(good);
  if (low === undefined) {
    low = 0;
    high = 1;
  }
  const log = wantLog && low > 0 && high / low > 1.5;
  if (low === high) {
    low -= Math.abs(low) / 10 || 1;
    high += Math.abs(high) / 10 || 1;
  }
  if (log) {
    const room = Math.pow(high / low, 0.07);
    return { scale: d3.scaleLog([low / room, high * room], [from, to]), log: true };
  }
  const room = (high - low) * 0.07;
  return { scale: d3.scaleLinear([low >= 0 && low - room < 0 ? 0 : low - room, high + room], [from, to]), log: false };
}
