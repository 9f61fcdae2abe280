import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { composeMail, joinPieces, type Mail } from '@mailrun/service-packager';
import { invoiceDocument } from '../content/documents.js';
import { smallHtml, subject } from '../content/mail-texts.js';
import type { Benchmark } from '../frame/benchmark.js';
import { bestOfRounds, cpuDetails, measure } from '../frame/measure.js';

const usualSize = 2000;
const rounds = 3;
const date = new Date('2025-06-01T08:00:00Z');
const from = { address: 'billing@company.test', name: 'Company' };
const to = [{ address: 'customer@customers.test', name: 'A customer' }];
const messageId = '<019351a0-0000-7000-8000-000000000300.1@company.test>';

const kinds = [
  { name: 'small', documentBytes: 0 },
  { name: '50 kB', documentBytes: 50_000 },
];

/** Composing MIME, into the bytes that are sent. */
export const compose: Benchmark = {
  name: 'compose',
  what: 'composing a mail into bytes; against nodemailer’s MailComposer',
  deadlineMinutes: 5,
  run: async ({ size = usualSize }) => {
    const comparisons = [];
    for (const { name, documentBytes } of kinds) {
      const document = documentBytes > 0 ? invoiceDocument(documentBytes) : undefined;
      const best = await bestOfRounds(rounds, {
        mailComposer: () =>
          measure(size, async () => {
            for (let number = 0; number < size; number += 1) await byMailComposer(document);
          }),
        ours: () =>
          measure(size, async () => {
            for (let number = 0; number < size; number += 1) byUs(document);
          }),
      });
      comparisons.push({
        name: `compose, ${name}`,
        unit: 'mails/s',
        baseline: best.mailComposer.perSecond,
        measured: best.ours.perSecond,
        better: 'more' as const,
        details: {
          mails: size,
          ...cpuDetails('MailComposer', best.mailComposer),
          ...cpuDetails('composeMail', best.ours),
        },
      });
    }
    return comparisons;
  },
};

const byMailComposer = (document: Buffer | undefined): Promise<Buffer> =>
  new MailComposer({
    from,
    to,
    subject,
    date,
    messageId,
    html: smallHtml,
    ...(document !== undefined && {
      attachments: [{ filename: 'invoice.pdf', contentType: 'application/pdf', content: document }],
    }),
  })
    .compile()
    .build();

function byUs(document: Buffer | undefined): Buffer {
  const mail: Mail = {
    from: { address: from.address, name: from.name },
    to,
    cc: [],
    subject,
    date,
    messageId,
    html: smallHtml,
    images: [],
    attachments:
      document === undefined
        ? []
        : [{ fileName: 'invoice.pdf', contentType: 'application/pdf', content: document }],
  };
  return joinPieces([...composeMail(mail)]);
}
