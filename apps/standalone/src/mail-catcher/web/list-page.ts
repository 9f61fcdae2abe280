import type { CaughtMail } from '../caught-mail.js';
import type { MailPage } from '../mail-store.js';
import { counted, formatSize, formatTime } from './format.js';
import { html, type Markup } from './html.js';
import { layout } from './layout.js';

export interface ListView {
  readonly page: MailPage;
  readonly search: string;
  readonly isFirstPage: boolean;
  readonly count: number;
  readonly sizeBytes: number;
  readonly version: number;
  readonly smtpAddress: { readonly host: string; readonly port: number };
}

const maxShownRecipients = 3;

function recipients(mail: CaughtMail): string {
  const shown = mail.envelope.to.slice(0, maxShownRecipients).join(', ');
  const more = mail.envelope.to.length - maxShownRecipients;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

const row = (mail: CaughtMail) => html`
  <tr>
    <td class="to"><bdi>${recipients(mail)}</bdi></td>
    <td class="subject">
      <a id="mail-${mail.id}" href="/mails/${mail.id}"><bdi>${mail.subject || '(no subject)'}</bdi></a>
    </td>
    <td class="number">${mail.attachmentCount || html`<span class="quiet">0</span>`}</td>
    <td class="number">${formatSize(mail.sizeBytes)}</td>
    <td class="time">${formatTime(mail.receivedAt)}</td>
  </tr>
`;

function emptyState(view: ListView): Markup {
  if (view.search !== '') {
    return html`<div class="empty">
      <h2>Nothing found</h2>
      <p>No sender, recipient or subject has “<bdi>${view.search}</bdi>” in it.</p>
      <p><a href="/">All mails</a></p>
    </div>`;
  }
  const { host, port } = view.smtpAddress;
  return html`<div class="empty">
    <h2>No mail yet</h2>
    <p>Mails sent to <code>${host}:${port}</code> (SMTP, without TLS) appear here by themselves.</p>
    <p>Nothing is delivered to anybody.</p>
  </div>`;
}

const table = (view: ListView) => html`
  <table>
    <caption class="hidden">
      Caught mails, newest first
    </caption>
    <thead>
      <tr>
        <th scope="col">To</th>
        <th scope="col">Subject</th>
        <th scope="col" class="number">Attachments</th>
        <th scope="col" class="number">Size</th>
        <th scope="col">Received</th>
      </tr>
    </thead>
    <tbody>
      ${view.page.items.map(row)}
    </tbody>
  </table>
`;

function pager(view: ListView): Markup {
  const search = view.search === '' ? '' : `search=${encodeURIComponent(view.search)}`;
  return html`<nav class="pager" aria-label="Pages">
    ${!view.isFirstPage && html`<a href="/?${search}">Newest</a>`}
    ${
      view.page.next !== undefined &&
      html`<a rel="next" href="/?before=${view.page.next}${search && `&${search}`}">Older</a>`
    }
  </nav>`;
}

/** The list, newest first. While its first page is open, the page's script keeps it up to date. */
export function listPage(view: ListView): string {
  const tools = html`
    <form role="search" action="/" method="get">
      <input
        type="search"
        name="search"
        value="${view.search}"
        aria-label="Search senders, recipients and subjects"
        placeholder="Recipient or subject"
      />
      <button>Search</button>
    </form>
    <span class="spring"></span>
    <a class="button" href="/">Refresh</a>
    <button id="delete-all" class="danger" ${view.count === 0 && 'disabled'}>Delete all</button>
  `;
  const main = html`
    <div id="list" data-version="${view.version}" data-live="${view.isFirstPage ? 'yes' : 'no'}">
      <h1>
        ${counted(view.count, 'mail', 'mails')} <span class="quiet">${formatSize(view.sizeBytes)}</span>
      </h1>
      ${view.page.items.length === 0 ? emptyState(view) : table(view)} ${pager(view)}
    </div>
  `;
  return layout({ title: counted(view.count, 'mail', 'mails'), tools, main });
}
