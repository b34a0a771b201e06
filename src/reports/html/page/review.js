
/* Decisions: what the reviewer says of files, kinds of finding, columns and single values. They live in the page
   until they are exported; nothing is kept by the browser. */

var MARKS = ['confirmed', 'false-alarm', 'hand-over', 'seal', 'erase'];
var KEYS = ['file', 'rule', 'place', 'column', 'header', 'value'];
var decisions = new Map(), reviewer = '', dirty = false;

function markName(m) {
  return t({ 'confirmed': 'MarkConfirmed', 'false-alarm': 'MarkFalseAlarm', 'hand-over': 'MarkHandOver', 'seal': 'MarkSeal', 'erase': 'MarkErase' }[m]);
}
function keyOf(target) {
  return JSON.stringify(KEYS.map(function (k) { return target[k] === undefined ? null : target[k]; }));
}
function target(d) {
  var out = {};
  KEYS.forEach(function (k) { if (d[k] !== undefined && d[k] !== null) { out[k] = d[k]; } });
  return out;
}
D.decisions.forEach(function (d) { decisions.set(keyOf(d), { target: target(d), mark: d.mark, note: d.note || '' }); });

function markOf(what) { var d = decisions.get(keyOf(what)); return d ? d.mark : ''; }
function decide(what, mark, note) {
  var key = keyOf(what), before = decisions.get(key);
  decisions.delete(key);
  if (mark) { decisions.set(key, { target: target(what), mark: mark, note: note === undefined ? (before ? before.note : '') : note }); }
  dirty = true;
}
function decided() {
  var n = document.getElementById('decided');
  if (n) { n.textContent = num(decisions.size); n.hidden = decisions.size === 0; }
  drawFiles();
}

/* The menu that marks something. */
function marker(what, small) {
  var mark = markOf(what), cls = function (m) { return 'marker ' + m + (small ? ' small' : ''); };
  var menu = select(t('Decision'), [['', t('Undecided')]].concat(MARKS.map(function (m) { return [m, markName(m)]; })), mark, function (m) {
    decide(what, m);
    menu.className = cls(m);
    say(m ? t('Marked', markName(m)) : t('Undecided'));
    decided();
  }, { class: cls(mark) });
  return menu;
}

/* What a file is marked as: its own mark, else that of all its kinds of finding when they agree. */
function fileMark(i) {
  if (!decisions.size) { return ''; }
  var own = markOf({ file: R.id[i] });
  if (own) { return own; }
  var c = R.rules[i], marks = {};
  for (var k = 0; k < c.length; k += 5) {
    var id = RULE[c[k]] ? RULE[c[k]].id : '';
    var m = markOf({ file: R.id[i], rule: id }) || markOf({ rule: id });
    marks[m] = true;
  }
  var all = Object.keys(marks);
  return all.length === 1 ? all[0] : '';
}

function exportText() {
  var list = [];
  decisions.forEach(function (d) {
    var out = target(d.target);
    out.mark = d.mark;
    if (d.note) { out.note = d.note; }
    list.push(out);
  });
  return JSON.stringify({ kind: 'decisions', schema: 1, job: D.meta.job, made: new Date().toISOString().slice(0, 19) + 'Z', reviewer: reviewer, decisions: list }, null, 1) + '\n';
}
function exportDecisions() {
  save('decisions.json', exportText(), 'application/json');
  dirty = false;
  say(t('Exported', num(decisions.size)));
}
function importDecisions(file, done) {
  file.text().then(function (text) {
    var all = null;
    try { all = JSON.parse(text); } catch (e) { all = null; }
    if (!all || all.kind !== 'decisions' || all.schema !== 1 || !Array.isArray(all.decisions)) { done(t('ImportNotDecisions')); return; }
    if (all.job !== D.meta.job) { done(t('ImportOtherJob')); return; }
    var taken = 0;
    all.decisions.forEach(function (d) {
      if (d && MARKS.indexOf(d.mark) >= 0 && Object.keys(target(d)).length) {
        decisions.delete(keyOf(d));
        decisions.set(keyOf(d), { target: target(d), mark: d.mark, note: String(d.note || '') });
        taken += 1;
      }
    });
    reviewer = reviewer || String(all.reviewer || '');
    done(t('ImportTaken', num(taken)));
  });
}

var rowOf = null;
function describe(what) {
  if (!rowOf) { rowOf = new Map(); for (var i = 0; i < N; i += 1) { rowOf.set(R.id[i], i); } }
  var out = [], rule = D.rules.filter(function (r) { return r.id === what.rule; })[0];
  if (what.rule) { out.push(rule ? pick(rule) : what.rule); }
  if (what.header !== undefined) { out.push(t('ColumnNamed', what.header)); }
  if (what.value) { out.push(t('OneValue', what.value.slice(0, 12))); }
  if (what.file) { out.push(rowOf.has(what.file) ? path(rowOf.get(what.file)) : t('File') + ' ' + what.file.slice(0, 12)); }
  else { out.push(t('AllFiles')); }
  if (what.place !== undefined && what.place !== '') { out.push(what.place); }
  if (what.column !== undefined) { out.push(t('Column') + ' ' + what.column); }
  return out.join(' · ');
}

function openDecisions() {
  var box = dialog(t('Decisions'));
  function draw(note) {
    clear(box);
    box.append(el('p', { class: 'muted' }, t('DecisionsAbout')));
    var who = el('input', { type: 'text', value: reviewer, maxlength: '80', oninput: function (e) { reviewer = e.target.value; dirty = true; } });
    var file = el('input', { type: 'file', accept: '.json,application/json', class: 'hide', onchange: function () { if (file.files[0]) { importDecisions(file.files[0], function (n) { decided(); draw(n); }); } } });
    box.append(el('div', { class: 'bar-row' }, el('label', { class: 'field' }, t('Reviewer'), who),
      el('span', {}, button(t('Import'), function () { file.click(); }), ' ',
        button(t('ExportDecisions'), exportDecisions, { class: 'btn primary', id: 'export', disabled: decisions.size === 0 })), file));
    if (note) { box.append(el('p', { class: 'note' }, note)); }
    if (!decisions.size) { box.append(el('p', { class: 'empty' }, t('NoDecisions'))); return; }
    var list = [];
    decisions.forEach(function (d, key) { list.push({ d: d, key: key, text: describe(d.target) }); });
    list.reverse();
    box.append(table([
      { key: 'what', label: t('What'), get: function (r) { return r.text; }, cell: function (r) { return el('span', { class: 'wrap' }, r.text); } },
      { key: 'mark', label: t('Decision'), get: function (r) { return r.d.mark; }, cell: function (r) { return el('span', { class: 'mark ' + r.d.mark }, markName(r.d.mark)); } },
      { key: 'note', label: t('Note'), cell: function (r) { return el('input', { type: 'text', 'aria-label': t('Note'), value: r.d.note, maxlength: '200', oninput: function (e) { r.d.note = e.target.value; dirty = true; } }); } },
      { key: 'x', label: '', cell: function (r) { return button(t('Remove'), function () { decisions.delete(r.key); dirty = true; decided(); draw(); }, { class: 'btn link' }); } }
    ], list, { most: 100 }));
  }
  draw();
}
window.addEventListener('beforeunload', function (e) { if (dirty && decisions.size) { e.preventDefault(); } });
