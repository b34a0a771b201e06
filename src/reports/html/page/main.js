
/* The frame: bar, way through the page, language, colours, dialogs. */

var theme = 'auto';

function dialog(title) {
  var old = document.querySelector('dialog');
  if (old) { old.close(); }
  var body = el('div', { class: 'dialog-body' });
  var d = el('dialog', { 'aria-label': title, onclose: function () { d.remove(); }, onclick: function (e) { if (e.target === d) { d.close(); } } },
    el('div', { class: 'dialog-head' }, el('h2', { class: 'wrap' }, title), button('×', function () { d.close(); }, { class: 'btn close', 'aria-label': t('Close') })), body);
  document.body.append(d);
  d.showModal();
  return body;
}

function setTheme(next) {
  theme = next;
  if (theme === 'auto') { document.documentElement.removeAttribute('data-theme'); } else { document.documentElement.setAttribute('data-theme', theme); }
}

function drop() {
  return svg('svg', { viewBox: '0 0 32 32', class: 'logo', 'aria-hidden': 'true' }, svg('path', { d: 'M16 2C11 9 6 14 6 20a10 10 0 0 0 20 0C26 14 21 9 16 2z' }), svg('path', { d: 'M10 20h12', class: 'stroke' }));
}

function draw() {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  document.title = t('Title') + ' · ' + D.meta.roots.join(' ');
  var app = clear(document.getElementById('app'));
  var parts = [['overview', t('Overview')], ['coverage', t('Coverage')], ['types', t('Types')], ['map', t('Map')], ['files', t('Files')], ['columns', t('Columns')], ['exposed', t('ExposedShort')], ['persons', t('PersonsShort')], ['method', t('MethodShort')]];
  var next = { auto: 'light', light: 'dark', dark: 'auto' };
  app.append(el('a', { class: 'skip', href: '#files' }, t('SkipToFiles')),
    el('header', { class: 'topbar' }, drop(), el('div', { class: 'who' }, el('h1', {}, t('Title')), el('p', { class: 'wrap' }, D.meta.roots.join(' '), el('span', { class: 'muted' }, ' · ' + moment(D.meta.started)))),
      el('div', { class: 'tools' },
        button(lang === 'zh' ? 'English' : '中文', function () { lang = lang === 'zh' ? 'en' : 'zh'; redraw(); }, { id: 'lang', lang: lang === 'zh' ? 'en' : 'zh-CN' }),
        button(t({ auto: 'ThemeAuto', light: 'ThemeLight', dark: 'ThemeDark' }[theme]), function (e) { setTheme(next[theme]); e.target.textContent = t({ auto: 'ThemeAuto', light: 'ThemeLight', dark: 'ThemeDark' }[theme]); }, { id: 'theme', 'aria-label': t('Theme') }),
        button(t('Print'), function () { print(); }, { id: 'print' }),
        el('button', { type: 'button', class: 'btn primary', id: 'decisions', onclick: openDecisions }, t('Decisions'), el('span', { class: 'count', id: 'decided', hidden: true })))),
    el('nav', { class: 'ways', 'aria-label': t('Contents') }, parts.map(function (p) { return el('a', { href: '#' + p[0] }, p[1]); })),
    el('main', {}, overview(), coverage(), types(), map(), files(), columns(), exposed(), persons(), method()),
    el('div', { id: 'live', class: 'hide', 'aria-live': 'polite' }));
  buildFiles();
  decided();
  watch();
}
function redraw() {
  var y = scrollY;
  draw();
  scrollTo(0, y);
  document.getElementById('lang').focus();
}

var watching = null;
function watch() {
  if (watching) { watching.disconnect(); }
  var links = {};
  document.querySelectorAll('.ways a').forEach(function (a) { links[a.getAttribute('href').slice(1)] = a; });
  watching = new IntersectionObserver(function (list) {
    list.forEach(function (e) {
      if (e.isIntersecting && links[e.target.id]) {
        Object.keys(links).forEach(function (k) { links[k].removeAttribute('aria-current'); });
        links[e.target.id].setAttribute('aria-current', 'true');
      }
    });
  }, { rootMargin: '-15% 0px -75% 0px' });
  document.querySelectorAll('section').forEach(function (s) { watching.observe(s); });
}

document.addEventListener('keydown', function (e) {
  var tag = e.target.tagName;
  if (e.key === '/' && tag !== 'INPUT' && tag !== 'SELECT' && tag !== 'TEXTAREA' && !document.querySelector('dialog')) {
    e.preventDefault();
    goTo('files');
    document.getElementById('q').focus({ preventScroll: true });
  }
});
window.addEventListener('resize', function () { drawFiles(); });

draw();
document.documentElement.setAttribute('data-ready', 'yes');
}());
