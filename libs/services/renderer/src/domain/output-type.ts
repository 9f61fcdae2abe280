import type { OutputType } from '@mailrun/contracts';

/** Media type and file extension of a document made by Mailrun. */
export const documentFormats: Record<
  OutputType,
  { readonly contentType: string; readonly extension: string }
> = {
  html: { contentType: 'text/html; charset=utf-8', extension: 'html' },
  text: { contentType: 'text/plain; charset=utf-8', extension: 'txt' },
  csv: { contentType: 'text/csv; charset=utf-8', extension: 'csv' },
  xml: { contentType: 'application/xml; charset=utf-8', extension: 'xml' },
  json: { contentType: 'application/json; charset=utf-8', extension: 'json' },
};
