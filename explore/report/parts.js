/* parts.js - what pages are made of: tiles, bars of components, operators and units, prices, how it was made. */
function tiles(parent, entries) {
  const box = add(parent, 'div', null, 'tiles');
  entries
    .filter(e => e !== null && e[1] !== '–')
    .forEach(e => {
      const tile = add(box, 'div', null, 'tile');
      add(tile, 'span', e[0]);
      add(tile, 'b', e[1]);
      if (e[2]) add(tile, 'span', e[2]);
    });
}

function againstDigital(s) {
  const joules = s.j_per_mac;
  const digital = s.digital_j;
  if (!(joules > 0)) return '';
  if (s.worst_error > 1) return 'of outputs that are noise: no advantage over anything';
  if (s.error_limit > 0 && s.worst_error > s.error_limit)
    return (
      'of outputs that are off by more than the ' +
      percent(s.error_limit) +
      ' that the design allows: no advantage over anything'
    );
  const times = joules <= digital ? digital / joules : joules / digital;
  return (
    Number(times.toPrecision(3)) +
    'x ' +
    (joules <= digital ? 'less' : 'more') +
    ' than ' +
    si(digital, 'J') +
    ', a digital processor' +
    (s.phase === 'decode' ? ' with large batches' : '') +
    ' (arXiv:2302.10360)'
  );
}

function summaryTiles(parent, s) {
  tiles(parent, [
    ['latency', si(s.latency_s, 's'), s.tokens_per_s === null ? '' : si(s.tokens_per_s, 'tokens/s')],
    s.bound_s === null ? null : ['bound', si(s.bound_s, 's'), 'no run of this plan takes less'],
    ['energy', si(s.energy_j, 'J'), s.j_per_token === null ? '' : si(s.j_per_token, 'J/token')],
    ['energy per MAC', si(s.j_per_mac, 'J'), againstDigital(s)],
    ['MACs', si(s.macs, ''), si(s.macs_per_s, 'MAC/s')],
    s.mac_utilization === null
      ? null
      : ['MAC utilization', percent(s.mac_utilization), 'of an optical peak of ' + si(s.peak_macs_per_s, 'MAC/s')],
    ['mean power', si(s.mean_w, 'W'), si(s.peak_w, 'W') + ' if all units worked at once'],
    s.area_mm2 > 0 ? ['area', si(s.area_mm2, 'mm^2')] : null,
    s.status === null ? null : ['the machine is', s.status],
    s.worst_error > 0
      ? [
          'worst error',
          percent(s.worst_error),
          'of the spread of outputs, in ' +
            s.worst_operator +
            ' (' +
            s.worst_limit +
            ')' +
            (s.error_limit > 0 && s.error_limit < 1
              ? (s.worst_error > s.error_limit ? ', past' : ', within') + ' its limit of ' + percent(s.error_limit)
              : '')
        ]
      : null,
    s.setup_s > 0 || s.setup_j > 0
      ? [
          'setup',
          si(s.setup_s, 's'),
          si(s.setup_j, 'J') +
            (s.inferences > 0
              ? ', of which 1/' + whole(s.inferences) + ' is part of the energy'
              : ', spent once and left out')
        ]
      : null,
    ['assumed', percent(s.assumed_share), 'of the energy rests on prices without a source'],
    s.unpriced > 0 ? ['unpriced', whole(s.unpriced), 'static powers: zero, without a source'] : null
  ]);
}

function componentBars(section) {
  const rows = rowsOf('component').filter(c => c.total_j > 0);
  legend(section, [{ words: 'dynamic: what each action costs', colour: 'var(--soft)' }]);
  const last = section.lastChild;
  last.firstChild.firstChild.style.opacity = 1;
  const item = add(last, 'li');
  const sample = add(item, 'i');
  sample.style.background = 'var(--soft)';
  sample.style.opacity = 0.45;
  item.appendChild(document.createTextNode('static: power that flows all the time'));
  chart(section, 'energy by component', (svg, width) =>
    barsDraw(
      svg,
      width,
      rows.map(c => ({
        name: c.component,
        told: ['total: ' + si(c.total_j, 'J') + ', ' + percent(c.share)],
        parts: [
          { key: 'dynamic', value: c.dynamic_j, colour: componentColour(c.component) },
          { key: 'static', value: c.static_j, colour: componentColour(c.component), opacity: 0.45 }
        ]
      })),
      'J',
      'energy by component'
    )
  );
  tableFolded(
    section,
    'as a table',
    [
      { head: 'component', of: c => c.component },
      figure('dynamic', c => c.dynamic_j, 'J'),
      figure('static', c => c.static_j, 'J'),
      figure('total', c => c.total_j, 'J'),
      shareOf('share', c => c.share)
    ],
    rowsOf('component')
  ).id = 'components';
}

const OPERATOR_COLUMNS = () => [
  { head: 'operator', of: o => o.operator },
  { head: 'kind', of: o => o.kind },
  { head: 'times', of: o => o.times, text: o => whole(o.times), number: true },
  figure('time', o => o.time_s, 's'),
  shareOf('share', o => o.time_share),
  { head: 'bound by', of: o => o.bound_by },
  figure('energy', o => o.energy_j, 'J'),
  shareOf('share', o => o.energy_share)
];

function operatorBars(section) {
  const rows = rowsOf('operator'),
    timed = rows.filter(o => o.time_s > 0);
  const kinds = Array.from(new Set(timed.map(o => o.kind)));
  legend(
    section,
    kinds.map(k => ({ words: k, colour: kindColour(k) }))
  );
  chart(section, 'latency by operator', (svg, width) =>
    barsDraw(
      svg,
      width,
      timed.slice(0, 24).map(o => ({
        name: o.operator,
        told: [
          percent(o.time_share) + ' of the latency',
          'energy ' + si(o.energy_j, 'J'),
          o.bound_by ? 'bound by ' + o.bound_by : null
        ],
        parts: [{ key: o.kind, value: o.time_s, colour: kindColour(o.kind) }]
      })),
      's',
      'part of the latency'
    )
  );
  const table = tableFolded(section, 'as a table, with energy', OPERATOR_COLUMNS(), rows, 40);
  table.id = 'operators';
  table.closest('details').open = rows.length <= 24;
}

function unitBars(section) {
  const units = rowsOf('unit');
  legend(
    section,
    ['busy', 'blocked', 'idle'].map(s => ({ words: s, colour: 'var(--' + s + ')' }))
  );
  chart(section, 'what each unit did', (svg, width) =>
    barsDraw(
      svg,
      width,
      units.map(u => ({
        name: u.path,
        told: [
          u.lane_utilization === null ? null : 'lanes ' + percent(u.lane_utilization),
          'energy ' + si(u.energy_j, 'J')
        ],
        parts: ['busy', 'blocked', 'idle'].map(s => ({ key: s, value: u[s + '_s'], colour: 'var(--' + s + ')' }))
      })),
      's',
      'share of the latency'
    )
  );
  tableFolded(
    section,
    'as a table',
    [
      { head: 'unit', of: u => u.path },
      { head: 'kind', of: u => u.kind },
      figure('busy', u => u.busy_s, 's'),
      figure('blocked', u => u.blocked_s, 's'),
      figure('idle', u => u.idle_s, 's'),
      shareOf('lanes', u => u.lane_utilization),
      figure('energy', u => u.energy_j, 'J')
    ],
    units
  ).id = 'units';
}

function priceTable(section) {
  tableOf(
    section,
    [
      { head: 'price', of: p => p.key || p.path + '.' + p.action, code: true },
      { head: 'component', of: p => p.component },
      { head: 'class', of: p => p.class },
      {
        head: 'a count',
        of: p => p.fj,
        text: p => (p.power ? si(p.fj * 1e-3, 'W') : si(p.fj * 1e-15, 'J')),
        number: true
      },
      {
        head: 'counts',
        of: p => p.count,
        text: p => (p.power ? si(p.count * 1e-12, 's') : si(p.count, '')),
        number: true
      },
      figure('energy', p => p.energy_j, 'J'),
      {
        head: 'source',
        of: p => p.source || '',
        text: p => p.source || (p.fj === 0 ? 'none: assumed to be nothing' : 'none: assumed'),
        wide: true
      },
      {
        head: 'set in',
        of: p => p.file || '',
        text: p => (p.file ? p.file.split('/').pop() + (p.line ? ':' + p.line : '') : '–')
      }
    ],
    rowsOf('price').map(p => Object.assign({ power: /_ps$/.test(p.action) }, p)),
    30
  ).id = 'prices';
}

function spreadPart(parent) {
  const spreads = rowsOf('spread');
  if (spreads.length === 0) {
    add(
      parent,
      'p',
      'No price of this run has a range; a design gives one as { v = "1 pJ"; low = "0.5 pJ"; high = "3 pJ"; }.',
      'soft'
    );
    return;
  }
  const u = rowsOf('uncertainty')[0];
  add(
    parent,
    'p',
    'Energy with one price at either end of its range, the rest as designed. All drawn together, 90 % of ' +
      whole(u.samples) +
      ' draws gain between ' +
      Number(u.low.toPrecision(3)) +
      'x and ' +
      Number(u.high.toPrecision(3)) +
      'x over ' +
      si(rowsOf('summary')[0].digital_j, 'J') +
      ' a MAC, half below ' +
      Number(u.median.toPrecision(3)) +
      'x; as designed it is ' +
      Number(u.advantage.toPrecision(3)) +
      'x.'
  );
  legend(parent, [
    { words: 'low', colour: 'var(--low)' },
    { words: 'high', colour: 'var(--high)' }
  ]);
  chart(parent, 'tornado', (svg, width) => tornadoDraw(svg, width, spreads, u.energy_j));
}

function sourcePart(parent, s) {
  add(
    parent,
    'p',
    'Stored as run ' +
      s.run +
      ' by fanlight ' +
      s.version +
      (s.start_utc ? ' on ' + s.start_utc : '') +
      (s.command ? ', with' : '.')
  );
  if (s.command) add(parent, 'pre', s.command);
  if (s.design_text) {
    const more = add(parent, 'details');
    add(more, 'summary', 'the whole machine description');
    add(more, 'pre', s.design_text);
  }
}

function notesOf(parent, s) {
  if (s.notes) add(parent, 'p', s.notes, 'note');
  if (s.error) add(parent, 'p', 'Failed: ' + s.error, 'note');
}
