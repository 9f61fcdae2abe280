import type { CaughtMail } from '../caught-mail.js';
import type { MailStore } from '../mail-store.js';
import { css, icon, script } from './assets.js';
import { bodyPolicy, htmlBody } from './html-body.js';
import { messagePage } from './layout.js';
import { listPage } from './list-page.js';
import { firstView, mailPage, mailViews } from './mail-page.js';
import type { MailReader } from './mail-reader.js';
import { download, json, page, problem, type Reply } from './responses.js';

export interface Context {
  readonly store: MailStore;
  readonly reader: MailReader;
  readonly smtpAddress: { readonly host: string; readonly port: number };
}

interface Request {
  readonly query: URLSearchParams;
  /** What the path's pattern found. */
  readonly params: readonly string[];
}

type Handler = (context: Context, request: Request) => Reply | Promise<Reply>;
interface Route {
  readonly method: 'GET' | 'DELETE';
  readonly path: RegExp;
  readonly handle: Handler;
}

const pageSize = 50;
const maxPageSize = 500;
const maxShownSourceBytes = 500_000;

/** A whole number from 1 on; undefined when it is none. */
function wholeNumber(text: string | null | undefined): number | undefined {
  return text != null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

const goneApi = () =>
  problem(
    404,
    'mail-catcher.not-found',
    'There is no such mail or attachment; older mails make room for new ones.',
  );
const gonePage = () =>
  page(messagePage('This mail is gone', 'It was deleted, or made room for newer mails.'), 404);

/** A handler for one mail. It may go while it is being read, to make room. */
const ofMail =
  (
    gone: () => Reply,
    handle: (mail: CaughtMail, context: Context, request: Request) => Promise<Reply>,
  ): Handler =>
  async (context, request) => {
    const mail = context.store.get(wholeNumber(request.params[0]) ?? 0);
    if (!mail) return gone();
    try {
      return await handle(mail, context, request);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return gone();
      throw error;
    }
  };

const showList: Handler = ({ store, smtpAddress }, { query }) => {
  const before = wholeNumber(query.get('before'));
  const search = query.get('search') ?? '';
  const { count, sizeBytes, version } = store;
  const found = store.list({ limit: pageSize, before, search });
  return page(
    listPage({
      page: found,
      search,
      isFirstPage: before === undefined,
      count,
      sizeBytes,
      version,
      smtpAddress,
    }),
  );
};

const showMail = ofMail(gonePage, async (mail, { store, reader }, { query }) => {
  const opened = await reader.open(mail);
  const view = mailViews.find((name) => name === query.get('view')) ?? firstView(opened);
  const source = view === 'source' ? await reader.sourceStart(mail, maxShownSourceBytes) : undefined;
  return page(mailPage({ mail, opened, source, view, ...store.neighbours(mail.id) }));
});

const showBody = ofMail(gonePage, async (mail, { reader }) => ({
  ...page(htmlBody(await reader.open(mail))),
  headers: { 'content-security-policy': bodyPolicy },
}));

const listMails: Handler = ({ store }, { query }) => {
  const limit = query.has('limit') ? wholeNumber(query.get('limit')) : pageSize;
  const before = wholeNumber(query.get('cursor'));
  if (limit === undefined || limit > maxPageSize) {
    return problem(400, 'mail-catcher.limit', `limit is a number from 1 to ${maxPageSize}.`);
  }
  if (query.has('cursor') && before === undefined) {
    return problem(400, 'mail-catcher.cursor', 'cursor is what the page before gave as next.');
  }
  const { items, next } = store.list({ limit, before, search: query.get('search') ?? undefined });
  return json({ items, next: next === undefined ? null : String(next) });
};

const readMail = ofMail(goneApi, async (mail, { reader }) => {
  const { headers, text, html, attachments } = await reader.open(mail);
  return json({
    ...mail,
    headers,
    text: text ?? null,
    html: html ?? null,
    attachments: attachments.map(({ content, ...part }, at) => ({
      n: at + 1,
      ...part,
      sizeBytes: content.length,
    })),
  });
});

const readSource = ofMail(goneApi, async (mail, { reader }) =>
  download(`${mail.id}.eml`, 'message/rfc822', await reader.source(mail)),
);

const readAttachment = ofMail(goneApi, async (mail, { reader }, { params }) => {
  const part = (await reader.open(mail)).attachments[(wholeNumber(params[1]) ?? 0) - 1];
  return part ? download(part.fileName, part.contentType, part.content) : goneApi();
});

const readCount: Handler = ({ store: { count, sizeBytes, version } }) =>
  json({ mails: count, sizeBytes, version });

const deleteMails: Handler = async ({ store }) => {
  await store.clear();
  return json({ mails: store.count });
};

const asset =
  (type: string, body: string): Handler =>
  () => ({ type, body });

export const routes: readonly Route[] = [
  { method: 'GET', path: /^\/$/, handle: showList },
  { method: 'GET', path: /^\/mails\/(\d+)$/, handle: showMail },
  { method: 'GET', path: /^\/mails\/(\d+)\/body$/, handle: showBody },
  { method: 'GET', path: /^\/page\.css$/, handle: asset('text/css; charset=utf-8', css) },
  { method: 'GET', path: /^\/page\.js$/, handle: asset('text/javascript; charset=utf-8', script) },
  { method: 'GET', path: /^\/icon\.svg$/, handle: asset('image/svg+xml', icon) },
  { method: 'GET', path: /^\/api\/count$/, handle: readCount },
  { method: 'GET', path: /^\/api\/mails$/, handle: listMails },
  { method: 'DELETE', path: /^\/api\/mails$/, handle: deleteMails },
  { method: 'GET', path: /^\/api\/mails\/(\d+)$/, handle: readMail },
  { method: 'GET', path: /^\/api\/mails\/(\d+)\/source$/, handle: readSource },
  { method: 'GET', path: /^\/api\/mails\/(\d+)\/attachments\/(\d+)$/, handle: readAttachment },
];
