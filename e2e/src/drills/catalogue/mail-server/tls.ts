import { expiredCertificate, localhostCertificate } from '@mailrun/testing';
import type { Drill } from '../../drill.js';
import { misbehaves } from './misbehaves.js';

const handshakes = [
  // It agrees, and then speaks something else.
  { kind: 'raw', bytes: '220 2.0.0 Ready to start TLS\r\nthis is no handshake\r\n' },
  { kind: 'raw', bytes: '220 2.0.0 Ready to start TLS\r\n\u0016\u0003\u0001\u0000\u0002oh' },
  { kind: 'reply', code: 454, text: '4.7.0 TLS not available due to temporary reason' },
  { kind: 'close' },
] as const;

export const tlsFails: Drill = misbehaves({
  name: 'tls-handshake-fails',
  what: 'STARTTLS is required, and the handshake fails in several ways.',
  mailServer: { tls: 'starttls' },
  server: { tls: 'starttls' },
  at: ['starttls'],
  share: 0.5,
  most: { short: 6, long: 40 },
  fault: (random) => random.pick(handshakes),
});

export const certificateExpired: Drill = {
  name: 'tls-certificate-expired',
  what: 'The certificate of the mail server has expired: nothing is sent until it is renewed.',
  isShort: true,
  isContained: true,
  messages: { short: 48 },
  rounds: { short: 3, long: 6 },
  mailServer: { tls: 'starttls', certificate: expiredCertificate },
  server: { tls: 'starttls' },
  after: async ({ mailServer, fault, wait }) => {
    await mailServer.ledger.until(({ connections }) => connections > 0);
    await wait(500, 2_000);
    fault('certificate expired');
    if (mailServer.ledger.mails.length > 0) throw new Error('A mail was sent over a broken trust.');
    mailServer.useCertificate(localhostCertificate);
  },
};
