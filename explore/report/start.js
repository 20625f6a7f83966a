/* start.js - the pages: of a run, of a sweep, of runs side by side. */

function runPage() {
  const s = rowsOf('summary')[0],
    summary = part('summary', 'Summary');
  notesOf(summary, s);
  if (s.error) return;
  summaryTiles(summary, s);
  componentBars(part('energy', 'Energy by component'));
  operatorBars(
    part('operators-part', 'Time and energy by operator', 'All layers together; the times sum to the latency.')
  );
  if (rowsOf('timeline').length > 0)
    timelineBuild(
      part(
        'timeline',
        'Timeline',
        'What ran when. How long a unit was busy and blocked in an operator is known, not when within it: ' +
          'a slice spans its operator, its height tells the share; shares of operators side by side add up, as power does.' +
          (DATA.slice_operators > 1 ? ' ' + whole(DATA.slice_operators) + ' operators are drawn as one.' : '')
      )
    );
  unitBars(part('units-part', 'Units', 'How each unit spent the run.'));
  if (rowsOf('roofline').length > 0)
    chart(
      part(
        'roofline',
        'Roofline',
        'How fast operators that multiply are, below what the optical peak and the memory allow.'
      ),
      'roofline',
      (svg, width) => rooflineDraw(svg, width)
    );
  if (rowsOf('accuracy').length > 0)
    accuracyPart(
      part('accuracy', 'Accuracy', 'What networks reach on this design; bars: standard deviation over machines and noises.'),
      rowsOf('accuracy')
    );
  spreadPart(part('uncertainty', 'Uncertainty'));
  priceTable(part('prices-part', 'Prices', 'Every price that was charged, the largest energy first, and who says so.'));
  sourcePart(part('source', 'How it was made'), s);
}

/* What the sweep file asks of every point, without its comments. */
function constraintsOf(text) {
  const plain = text.replace(/\/\*[^]*?\*\//g, ' ').replace(/(#|\/\/).*$/gm, '');
  const found = /(?:^|[\s;])constraints\s*[=:]\s*([^]*?);/.exec(plain);
  return found === null ? '' : (found[1].match(/"(?:[^"\\]|\\.)*"/g) || []).map(t => t.slice(1, -1)).join(' && ');
}

function sweepPage() {
  const s = rowsOf('sweep')[0];
  DATA.constraints = constraintsOf(s.text);
  const summary = part('summary', 'Summary');
  tiles(summary, [
    ['points', whole(s.points)],
    ['simulated', whole(s.done), s.failed > 0 ? whole(s.failed) + ' failed' : ''],
    ['excluded', whole(s.excluded), 'against a constraint, never simulated'],
    ['against a constraint', whole(s.against), 'by their results']
  ]);
  if (DATA.constraints) add(summary, 'p', 'Constraints: ' + DATA.constraints);
  add(summary, 'h3', 'The best of each workload');
  const jobs = new Map(rowsOf('job').map(j => [j.job, j.name]));
  tableOf(
    summary,
    [
      { head: 'workload', of: b => jobs.get(b.job) },
      { head: 'by', of: b => (b.by === 'edp' ? 'energy x latency' : b.by), code: true },
      { head: 'settings', of: b => b.settings, wide: true },
      figure('latency', b => b.latency_s, 's'),
      figure('energy', b => b.energy_j, 'J'),
      figure('area', b => b.area_mm2, 'mm^2'),
      figure('peak power', b => b.peak_w, 'W'),
      { head: 'run', of: b => b.run, number: true, text: b => String(b.run) }
    ],
    rowsOf('best'),
    30
  ).id = 'best';
  if (rowsOf('point').length === 0) return;
  paretoBuild(part('pareto', 'Points and fronts', 'Every point of the sweep; choose what is drawn.'));
  heatBuild(part('heat', 'Heat map', 'The best at each pair of values, over all else that was varied.'));
  tableOf(
    part(
      'axes',
      'What each axis does',
      'The share of the variance that an axis explains alone, and how far its values are apart.'
    ),
    [
      { head: 'workload', of: a => jobs.get(a.job) },
      { head: 'axis', of: a => a.axis },
      shareOf('of latency', a => a.latency_share),
      {
        head: 'ratio',
        of: a => a.latency_ratio,
        text: a => Number(a.latency_ratio.toPrecision(3)) + 'x',
        number: true
      },
      { head: 'best', of: a => a.latency_best },
      shareOf('of energy', a => a.energy_share),
      { head: 'ratio', of: a => a.energy_ratio, text: a => Number(a.energy_ratio.toPrecision(3)) + 'x', number: true },
      { head: 'best', of: a => a.energy_best }
    ],
    rowsOf('sensitivity'),
    40
  ).id = 'sensitivity';
  const run = rowsOf('summary')[0];
  if (run) {
    const of = part(
      'one',
      'One point closer',
      'Run ' + run.run + ', the best by energy x latency for ' + (run.model || 'the first workload') + '.'
    );
    summaryTiles(of, run);
    componentBars(of);
    spreadPart(part('uncertainty', 'Uncertainty', 'Of run ' + run.run + '.'));
    priceTable(
      part(
        'prices-part',
        'Prices',
        'Of run ' + run.run + ': every price that was charged, the largest energy first, and who says so.'
      )
    );
  }
  const source = part('source', 'How it was made');
  if (s.command) add(source, 'pre', s.command);
  add(source, 'pre', s.text);
}

function comparePage() {
  const runs = rowsOf('summary'),
    same = new Set(runs.map(r => r.design)).size === 1,
    name = r => r.run + ': ' + (same ? r.mapper || '' : r.design);
  const summary = part('summary', 'Summary'),
    first = runs[0];
  runs.forEach(r => notesOf(summary, r));
  tableOf(
    summary,
    [
      { head: 'run', of: r => r.run, number: true, text: r => String(r.run) },
      { head: 'design', of: r => r.design },
      { head: 'workload', of: r => (r.model || '') + ' ' + (r.phase || '') },
      { head: 'mapper', of: r => r.mapper },
      figure('latency', r => r.latency_s, 's'),
      figure('energy', r => r.energy_j, 'J'),
      figure('a MAC', r => r.j_per_mac, 'J'),
      figure('throughput', r => r.macs_per_s, 'MAC/s'),
      shareOf('MAC utilization', r => r.mac_utilization),
      figure('mean power', r => r.mean_w, 'W'),
      figure('area', r => r.area_mm2, 'mm^2'),
      shareOf('assumed', r => r.assumed_share),
      {
        head: 'time, of run ' + first.run,
        of: r => r.latency_s / first.latency_s,
        text: r => Number((r.latency_s / first.latency_s).toPrecision(3)) + 'x',
        number: true
      },
      {
        head: 'energy, of run ' + first.run,
        of: r => r.energy_j / first.energy_j,
        text: r => Number((r.energy_j / first.energy_j).toPrecision(3)) + 'x',
        number: true
      }
    ],
    runs
  ).id = 'runs';
  const stack = (table, key, value, unit, colour, title) => (svg, width) =>
    barsDraw(
      svg,
      width,
      runs.map(r => ({
        name: name(r),
        parts: rowsOf(table)
          .filter(p => p.run === r.run)
          .map(p => ({ key: p[key], value: p[value], colour: colour(p[key]) }))
      })),
      unit,
      title
    );
  const names = Array.from(new Set(rowsOf('part').map(p => p.operator))),
    shade = n => (n === 'other work' ? shadeOf(9) : shadeOf(names.filter(m => m !== 'other work').indexOf(n) % 9));
  const energy = part('energy', 'Energy by component'),
    components = Array.from(new Set(rowsOf('component').map(c => c.component)));
  legend(
    energy,
    components.map(c => ({ words: c, colour: componentColour(c) }))
  );
  chart(energy, 'energy by component', stack('component', 'component', 'total_j', 'J', componentColour, 'energy'));
  const time = part('time', 'Time by operator', 'Products by name, what is not one of them together.');
  legend(
    time,
    names.map(n => ({ words: n, colour: shade(n) }))
  );
  chart(time, 'time by operator', stack('part', 'operator', 'time_s', 's', shade, 'latency'));
  const across = (of, unit) =>
    runs.map(r => figure('run ' + r.run, row => (row.by.has(r.run) ? of(row.by.get(r.run)) : null), unit));
  const pivot = (rows, key) =>
    d3
      .nest()
      .key(key)
      .entries(rows)
      .map(e => ({ name: e.key, by: new Map(e.values.map(v => [v.run, v])) }));
  tableOf(
    time,
    [{ head: 'operator', of: r => r.name }].concat(across(p => p.time_s, 's')),
    pivot(rowsOf('operator'), o => o.operator),
    40
  );
  tableOf(
    energy,
    [{ head: 'component', of: r => r.name }].concat(across(p => p.total_j, 'J')),
    pivot(rowsOf('component'), c => c.component)
  ).id = 'components';
  const prices = part(
    'prices-part',
    'Prices',
    'What a count costs in each run (power: W), the dearest first, and who says so.'
  );
  const rows = pivot(rowsOf('price'), p => p.key || p.path + '.' + p.action);
  tableOf(
    prices,
    [{ head: 'price', of: r => r.name, code: true }]
      .concat(
        runs.map(r => ({
          head: 'run ' + r.run,
          number: true,
          of: row => (row.by.has(r.run) ? row.by.get(r.run).fj : null),
          text: row => {
            const p = row.by.get(r.run);
            return !p ? '–' : /_ps$/.test(p.action) ? si(p.fj * 1e-3, 'W') : si(p.fj * 1e-15, 'J');
          }
        }))
      )
      .concat({
        head: 'source',
        of: row => Array.from(new Set(Array.from(row.by.values()).map(p => p.source || 'none: assumed'))).join('; '),
        wide: true
      }),
    rows,
    30
  ).id = 'prices';
  const source = part('source', 'How it was made');
  runs.forEach(r => sourcePart(source, Object.assign({}, r, { design_text: null })));
}

/* ---- theme, paper, width ---- */

function themeSet(dark) {
  if (dark) document.documentElement.setAttribute('data-theme', 'dark');
  else document.documentElement.removeAttribute('data-theme');
  redrawAll();
}

function mediumWatch() {
  const wish = window.matchMedia('(prefers-color-scheme: dark)'),
    paper = window.matchMedia('print');
  let dark = wish.matches;
  const button = add(document.querySelector('header'), 'button', 'light or dark');
  button.id = 'theme';
  button.addEventListener('click', () => {
    dark = !dark;
    themeSet(dark);
  });
  wish.addEventListener('change', () => {
    dark = wish.matches;
    themeSet(dark);
  });
  if (dark) document.documentElement.setAttribute('data-theme', 'dark');
  const print = on => {
    PAPER.on = on;
    if (on) {
      document.documentElement.removeAttribute('data-theme');
      redrawAll(680);
    } else themeSet(dark);
  };
  window.addEventListener('beforeprint', () => print(true));
  window.addEventListener('afterprint', () => print(false));
  if (paper.matches) print(true);
}

function footWrite() {
  const foot = document.getElementById('foot');
  add(
    foot,
    'p',
    'Made by fanlight ' +
      DATA.version +
      ' from rows of its database; nothing is fetched. Drawn by D3 ' +
      d3.version +
      '.'
  );
  const more = add(foot, 'details');
  add(more, 'summary', 'licence of D3');
  add(more, 'pre', document.getElementById('licence').textContent.trim());
}

function start() {
  document.getElementById('subtitle').textContent = DATA.subtitle;
  mediumWatch();
  ({ run: runPage, sweep: sweepPage, compare: comparePage })[DATA.kind]();
  footWrite();
  document.documentElement.setAttribute('data-ready', 'yes');
}
