import { randomUUID } from 'node:crypto';

/** The fixed mail that shows whether a message server works (RFC 5322, 7-bit). */
export function testMail(from: string, to: string, at: Date): Buffer {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return Buffer.from(
    [
      `From: <${from}>`,
      `To: <${to}>`,
      'Subject: Mailrun: test of the message server',
      `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
      `Message-ID: <test.${randomUUID()}@${domain}>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=us-ascii',
      'Content-Transfer-Encoding: 7bit',
      'Auto-Submitted: auto-generated',
      '',
      'This mail was sent to test a message server. If you can read it, mails go out.',
      '',
    ].join('\r\n'),
  );
}
