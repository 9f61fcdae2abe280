import type { CaughtMail } from '../caught-mail.js';
import type { OpenedAttachment, OpenedMail } from '../opened-mail.js';
import { counted, formatSize, formatTime } from './format.js';
import { html, type Markup } from './html.js';
import { layout } from './layout.js';

export const mailViews = ['html', 'text', 'headers', 'source'] as const;
export type MailViewName = (typeof mailViews)[number];

export interface MailView {
  readonly mail: CaughtMail;
  readonly opened: OpenedMail;
  /** The first bytes of the source; only for that view. */
  readonly source: string | undefined;
  readonly view: MailViewName;
  readonly older: CaughtMail | undefined;
  readonly newer: CaughtMail | undefined;
}

/** More than anybody reads; the rest is in the download. */
const maxShownLetters = 500_000;
const labels: Record<MailViewName, string> = {
  html: 'HTML',
  text: 'Text',
  headers: 'Headers',
  source: 'Source',
};

/** What is shown when nobody asked for a view. */
export const firstView = (opened: OpenedMail): MailViewName => (opened.html === undefined ? 'text' : 'html');

const header = (opened: OpenedMail, name: string) =>
  opened.headers.find((field) => field.name.toLowerCase() === name)?.value ?? '';

const line = (label: string, value: Markup | string) =>
  value === ''
    ? undefined
    : html`<dt>${label}</dt>
        <dd><bdi>${value}</bdi></dd>`;

function summary({ mail, opened }: MailView): Markup {
  return html`<dl>
    ${line('From', mail.from)} ${line('To', header(opened, 'to'))} ${line('Cc', header(opened, 'cc'))}
    ${line('Reply to', header(opened, 'reply-to'))} ${line('Recipients', mail.envelope.to.join(', '))}
    ${line('Return path', mail.envelope.from || '(nobody)')} ${line('Date', header(opened, 'date'))}
    ${line('Received', formatTime(mail.receivedAt))} ${line('Size', formatSize(mail.sizeBytes))}
  </dl>`;
}

const attachment = (mail: CaughtMail, part: OpenedAttachment, n: number) => html`
  <li>
    <a href="/api/mails/${mail.id}/attachments/${n}" download><bdi>${part.fileName}</bdi></a>
    <span class="quiet"
      >${part.contentType}, ${formatSize(part.content.length)}${part.isInline && ', in the text'}</span
    >
  </li>
`;

function attachments({ mail, opened }: MailView): Markup | undefined {
  if (opened.attachments.length === 0) return undefined;
  return html`<section aria-labelledby="attachments">
    <h2 id="attachments">${counted(opened.attachments.length, 'attachment', 'attachments')}</h2>
    <ul class="attachments">
      ${opened.attachments.map((part, at) => attachment(mail, part, at + 1))}
    </ul>
  </section>`;
}

function pre(text: string): Markup {
  const isCut = text.length > maxShownLetters;
  return html`<pre tabindex="0">${text.slice(0, maxShownLetters)}</pre>
    ${isCut && html`<p>Only the beginning is shown; the rest is in the download.</p>`}`;
}

function headers(opened: OpenedMail): Markup {
  return html`<table class="headers">
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">Value</th>
      </tr>
    </thead>
    <tbody>
      ${opened.headers.map(
        ({ name, value }) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td><bdi>${value}</bdi></td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function body({ mail, opened, view, source }: MailView): Markup {
  switch (view) {
    case 'html':
      return opened.html === undefined
        ? html`<p class="empty">This mail has no HTML body.</p>`
        : html`<iframe
              title="HTML body of the mail"
              src="/mails/${mail.id}/body"
              sandbox
              referrerpolicy="no-referrer"
            ></iframe>
            <p class="quiet">Scripts, links and everything from the network are switched off in here.</p>`;
    case 'text':
      return opened.text === undefined
        ? html`<p class="empty">This mail has no text body.</p>`
        : pre(opened.text);
    case 'headers':
      return headers(opened);
    case 'source':
      return html`<p>
          <a href="/api/mails/${mail.id}/source" download>Download the source</a>
          (${formatSize(mail.sizeBytes)})
        </p>
        ${pre(source ?? '')}`;
  }
}

export function mailPage(page: MailView): string {
  const { mail, older, newer, view } = page;
  const tools = html`
    <span class="spring"></span>
    <nav class="neighbours" aria-label="Neighbouring mails">
      ${newer ? html`<a class="button" rel="prev" href="/mails/${newer.id}">Newer</a>` : html`<span class="button off">Newer</span>`}
      ${older ? html`<a class="button" rel="next" href="/mails/${older.id}">Older</a>` : html`<span class="button off">Older</span>`}
      <a class="button" href="/">All mails</a>
    </nav>
  `;
  const tab = (name: MailViewName) =>
    html`<a href="/mails/${mail.id}?view=${name}" ${name === view && html`aria-current="page"`}
      >${labels[name]}</a
    >`;
  const main = html`
    <h1><bdi>${mail.subject || '(no subject)'}</bdi></h1>
    ${summary(page)} ${attachments(page)}
    <nav class="tabs" aria-label="Parts of the mail">${mailViews.map(tab)}</nav>
    ${body(page)}
  `;
  return layout({ title: mail.subject || '(no subject)', tools, main });
}
