/** Served as files, kept as text: they need no step of the build. */

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="2" y="6" width="28" height="20" rx="3" fill="#1d4ed8"/><path d="M4 9l12 9 12-9" fill="none" stroke="#fff" stroke-width="2.5"/></svg>`;

export const css = `
:root { color-scheme: light dark; --text: #1b2430; --quiet: #56616f; --back: #fff; --raised: #f3f5f8; --line: #d5dbe3;
  --link: #1d4ed8; --danger: #b42318; --focus: #1d4ed8; --alert: #fdecea; }
@media (prefers-color-scheme: dark) { :root { --text: #e6eaf0; --quiet: #a3adba; --back: #12161c; --raised: #1b212a; --line: #353e4a;
  --link: #8ab4ff; --danger: #ff9d94; --focus: #8ab4ff; --alert: #3b1d1b; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--back); padding: .25rem .5rem; z-index: 1; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
header { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; padding: .75rem 1.5rem; background: var(--raised); border-bottom: 1px solid var(--line); }
.home { font-weight: 700; color: inherit; text-decoration: none; margin-right: 1rem; }
.spring { flex: 1; }
form { display: flex; gap: .5rem; }
input, button, .button { font: inherit; padding: .3rem .75rem; border: 1px solid var(--line); border-radius: 6px; background: var(--back); color: var(--text); text-decoration: none; }
input { width: min(20rem, 60vw); }
button { cursor: pointer; }
button:hover:enabled, a.button:hover { border-color: var(--link); }
button:disabled, .off { opacity: .6; cursor: default; }
.danger { color: var(--danger); }
.neighbours { display: flex; gap: .5rem; }
#fault { margin: 0; padding: .75rem 1.5rem; background: var(--alert); color: var(--danger); }
main { padding: 1rem 1.5rem 3rem; }
h1 { font-size: 1.35rem; margin: .25rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.25rem 0 .5rem; }
.quiet { color: var(--quiet); font-weight: 400; font-size: .9em; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
thead th { color: var(--quiet); font-weight: 600; font-size: .875rem; white-space: nowrap; }
tbody tr:hover { background: var(--raised); }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.subject a { text-decoration: none; font-weight: 500; }
.subject a:hover { text-decoration: underline; }
.pager { display: flex; gap: 1.5rem; padding: 1rem .75rem; }
.empty { text-align: center; padding: 3rem 1rem; color: var(--quiet); }
.empty h2 { color: var(--text); }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.attachments { list-style: none; padding: 0; margin: 0; display: grid; gap: .35rem; }
.tabs { display: flex; gap: .25rem; margin: 1.5rem 0 1rem; border-bottom: 1px solid var(--line); }
.tabs a { padding: .4rem 1rem; text-decoration: none; border-bottom: 3px solid transparent; }
.tabs a[aria-current] { border-color: var(--link); font-weight: 600; color: var(--text); }
iframe { width: 100%; height: max(28rem, 65vh); border: 1px solid var(--line); border-radius: 6px; background: #fff; color-scheme: light; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 1rem; margin: 0; max-height: 75vh; overflow: auto; }
.headers th:first-child { width: 14rem; font-weight: 500; white-space: nowrap; }
@media (max-width: 45rem) { th:nth-child(3), td:nth-child(3), th:nth-child(4), td:nth-child(4) { display: none; } header, main { padding-inline: .75rem; } th, td { padding-inline: .35rem; } .headers th:first-child { width: auto; white-space: normal; } .time { white-space: normal; } }
`;

/** Own time, a list that follows, and the button that empties it; without it the page works by reloading. */
export const script = `
const pollMs = 2000;
const fault = document.getElementById('fault');
const showTimes = () => {
  for (const time of document.querySelectorAll('time')) time.textContent = new Date(time.dateTime).toLocaleString();
};
const showFault = (text) => {
  fault.hidden = text === '';
  if (fault.textContent !== text) fault.textContent = text;
};
const answered = async (request) => {
  const response = await request;
  if (!response.ok) throw new Error('status ' + response.status);
  return response;
};

async function reload() {
  const focused = document.activeElement?.id;
  const text = await (await answered(fetch(location.href))).text();
  const next = new DOMParser().parseFromString(text, 'text/html');
  document.getElementById('list').replaceWith(next.getElementById('list'));
  document.getElementById('delete-all').disabled = next.getElementById('delete-all').disabled;
  document.title = next.title;
  showTimes();
  if (focused) document.getElementById(focused)?.focus();
}

async function follow() {
  const list = document.getElementById('list');
  if (!document.hidden) {
    try {
      const { version } = await (await answered(fetch('/api/count'))).json();
      if (String(version) !== list.dataset.version) await reload();
      showFault('');
    } catch {
      showFault('The mail catcher does not answer. Is Mailrun still running? Trying again every two seconds.');
    }
  }
  setTimeout(follow, pollMs);
}

showTimes();
if (document.getElementById('list')?.dataset.live === 'yes') setTimeout(follow, pollMs);
document.getElementById('delete-all')?.addEventListener('click', async () => {
  if (!confirm('Delete all caught mails? This cannot be undone.')) return;
  try {
    await answered(fetch('/api/mails', { method: 'DELETE' }));
    location.href = '/';
  } catch {
    showFault('The mails could not be deleted. Try again.');
  }
});
`;
