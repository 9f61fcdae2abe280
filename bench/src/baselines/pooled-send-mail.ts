import nodemailer from 'nodemailer';
import { measure, type Measured, type Watched } from '../frame/measure.js';

export interface PooledSendMail {
  readonly host: string;
  readonly port: number;
  readonly mails: number;
  readonly connections: number;
  readonly subject: string;
  readonly html: string;
  /** Each mail's own, when there is one. */
  readonly document?: (number: number) => Buffer;
  readonly watched?: Watched;
}

/** What a capable developer writes in an afternoon: a loop over nodemailer's pooled `sendMail`, all connections busy. */
export async function pooledSendMail(options: PooledSendMail): Promise<Measured> {
  const { host, port, mails, connections, subject, html, document, watched } = options;
  const pool = nodemailer.createTransport({
    pool: true,
    host,
    port,
    maxConnections: connections,
    maxMessages: Infinity,
    ignoreTLS: true,
  });
  let next = 0;
  const sendRest = async () => {
    while (next < mails) {
      const number = (next += 1);
      await pool.sendMail({
        from: 'billing@company.test',
        to: `customer-${number}@customers.test`,
        subject,
        html,
        ...(document !== undefined && {
          attachments: [
            { filename: 'invoice.pdf', contentType: 'application/pdf', content: document(number) },
          ],
        }),
      });
    }
  };
  try {
    return await measure(mails, () => Promise.all(Array.from({ length: connections }, sendRest)), watched);
  } finally {
    pool.close();
  }
}
