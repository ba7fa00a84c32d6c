// Keeps a page up to date. Every page works without this module: then it is as
// new as its last reload.

const announcement = document.getElementById('announce');
const twoDigits = (n) => String(n).padStart(2, '0');

let main = document.getElementById('main');
let ahead = 0; // of this clock, the server's, in milliseconds
let source; // of events, if there is one
let timer; // until the page is asked for again
let pause; // between two times, in seconds
let refreshing = false;

const now = () => Date.now() + ahead;

// say tells who can't see that something has changed.
function say(text) {
  if (text && announcement.textContent !== text) announcement.textContent = text;
}

// enhance does to a part of the page what only a script can.
function enhance(part) {
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  for (const t of part.querySelectorAll('time[datetime]')) t.textContent = local.format(new Date(t.dateTime));
  for (const button of part.querySelectorAll('[data-print]')) {
    button.hidden = false;
    button.addEventListener('click', () => window.print());
  }
}

// zoned shows the times of a form in the reader's own zone.
function zoned(form) {
  const zone = form.elements.zone;
  if (zone.value !== 'UTC' || form.querySelector('[aria-invalid]')) return;
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  for (const input of form.querySelectorAll('input[type=datetime-local]')) {
    if (!input.value) continue;
    const t = new Date(input.value + 'Z');
    const date = `${t.getFullYear()}-${twoDigits(t.getMonth() + 1)}-${twoDigits(t.getDate())}`;
    const seconds = t.getSeconds() ? `:${twoDigits(t.getSeconds())}` : '';
    input.value = `${date}T${twoDigits(t.getHours())}:${twoDigits(t.getMinutes())}${seconds}`;
  }
}

// count shows numbers.
function count(numbers) {
  for (const [name, value] of Object.entries(numbers)) {
    for (const shown of main.querySelectorAll(`[data-count="${name}"]`)) {
      if (shown.textContent !== String(value)) shown.textContent = value;
    }
  }
}

// hint shows what booking now leads to.
function hint(free, waiting) {
  const kind = free > 0 && waiting === 0 ? 'free' : 'line';
  for (const text of main.querySelectorAll('[data-when]')) text.hidden = text.dataset.when !== kind;
}

// tick shows how long tickets are held.
function tick() {
  const shown = main.querySelector('[data-expires]');
  if (shown) {
    const left = Math.ceil((Date.parse(shown.dataset.expires) - now()) / 1000);
    const time = `${left >= 3600 ? `${Math.floor(left / 3600)}:` : ''}${twoDigits(Math.floor(left / 60) % 60)}:${twoDigits(left % 60)}`;
    shown.textContent = left > 0 ? `Confirm within ${time}` : 'Checking…';
    if (left <= 0) refreshSoon(1);
  }
  const { changes } = main.dataset;
  if (changes && Date.parse(changes) <= now()) {
    delete main.dataset.changes;
    refresh();
  }
}

// take shows the page as the server has it now: only what is live of it, so that
// nothing is lost that somebody is typing, or all of it if it became another page.
function take(other) {
  ahead = other.dataset.now ? Date.parse(other.dataset.now) - Date.now() : ahead;
  enhance(other);
  if (other.dataset.state !== main.dataset.state) {
    const focused = main.contains(document.activeElement);
    main.replaceWith(other);
    main = other;
    if (focused) {
      main.tabIndex = -1;
      main.focus();
    }
    say(main.dataset.says || document.title);
    follow();
    return true;
  }
  let changed = false;
  for (const part of main.querySelectorAll('[data-live]')) {
    const fresh = other.querySelector(`#${part.id}`);
    if (!fresh || fresh.innerHTML === part.innerHTML) continue;
    changed = true;
    if (part.contains(document.activeElement)) continue; // the next time
    part.replaceWith(fresh);
  }
  const free = other.querySelector('[data-when]:not([hidden])');
  for (const text of main.querySelectorAll('[data-when]')) text.hidden = text.dataset.when !== free?.dataset.when;
  const expires = other.querySelector('[data-expires]');
  if (expires) main.querySelector('[data-expires]').dataset.expires = expires.dataset.expires;
  if (changed) place();
  return changed;
}

// place tells a new place in the line.
function place() {
  const position = main.querySelector('[data-count="position"]');
  if (position) say(`Your place in the line: ${position.textContent}`);
}

async function refresh() {
  if (refreshing) return false;
  refreshing = true;
  try {
    const address = main.dataset.page ?? location.href;
    const answer = await fetch(address, { cache: 'no-store' });
    if (answer.status === 404 || answer.status === 401) {
      location.replace(address); // to be told why
      return false;
    }
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    return take(document.adoptNode(page.getElementById('main')));
  } catch {
    return false; // the server is away; the next time
  } finally {
    refreshing = false;
  }
}

function refreshSoon(seconds) {
  clearTimeout(timer);
  timer = setTimeout(poll, seconds * 1000 * (0.9 + Math.random() / 5));
}

// poll asks for the page again and again: seldom while nothing changes, and not
// while nobody looks.
async function poll() {
  if (document.hidden) return;
  const least = Number(main.dataset.poll);
  const changed = await refresh();
  if (!main.dataset.poll || source?.readyState === EventSource.OPEN) return;
  pause = changed ? least : Math.min(Math.max(pause, least) * 1.3, Math.max(15, least));
  refreshSoon(pause);
}

// show shows what a stream says of an event or a booking.
function show(state) {
  if (state.status !== main.dataset.status) {
    refresh();
    return;
  }
  const numbers = { ...state };
  if ('availableTickets' in state) {
    numbers.bookedTickets = state.totalTickets - state.availableTickets - state.heldTickets;
    hint(state.availableTickets, state.waitingListCount);
  }
  count(numbers);
  if ('position' in state) place();
  const expires = main.querySelector('[data-expires]');
  if (expires && state.expiresAt) expires.dataset.expires = state.expiresAt;
  if ('reload' in main.dataset) refreshSoon(2);
}

// follow listens to the stream of what the page shows and, where there is none,
// polls and tries again later.
function follow() {
  clearTimeout(timer);
  source?.close();
  source = undefined;
  const { stream, poll: least } = main.dataset;
  if (!least) return;
  pause = Number(least);
  if (!stream) {
    refreshSoon(pause);
    return;
  }
  const own = new EventSource(stream);
  source = own;
  own.addEventListener('open', () => clearTimeout(timer));
  own.addEventListener('message', (event) => show(JSON.parse(event.data)));
  own.addEventListener('end', () => {
    own.close();
    refresh();
  });
  own.addEventListener('error', () => {
    if (own.readyState !== EventSource.CLOSED || own !== source) return;
    refreshSoon(pause);
    setTimeout(() => own === source && !document.hidden && follow(), 60_000);
  });
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden || !main?.dataset.poll) return;
  if (source?.readyState !== EventSource.OPEN) refreshSoon(0);
});

// A form that is on its way isn't sent again by a second click.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  for (const button of form.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true');
});
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll('button')) button.removeAttribute('aria-disabled');
  }
  if (main?.dataset.poll) follow();
});

if (main) {
  ahead = main.dataset.now ? Date.parse(main.dataset.now) - Date.now() : 0;
  enhance(document);
  document.querySelectorAll('form[data-zoned]').forEach(zoned);
  tick();
  setInterval(tick, 1000);
  follow();
}
