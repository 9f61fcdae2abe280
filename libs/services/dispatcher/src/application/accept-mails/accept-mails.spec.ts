import { Outage } from '@mailrun/platform-errors';
import { RecordingBus } from '@mailrun/platform-messaging/testing';
import { InMemoryLedger, InMemoryMailIntake, InMemoryOutcomeStore } from '../../testing/in-memory-ledger.js';
import { mailToAccept } from '../../testing/mail-to-accept.builder.js';
import { NoObserver } from '../ports/dispatch-observer.port.js';
import { PublishOutcomes } from '../publish-outcomes/publish-outcomes.js';
import { AcceptMails } from './accept-mails.js';

const hourMs = 3_600_000;

describe('the intake', () => {
  const ledger = new InMemoryLedger();
  const bus = new RecordingBus();
  let wakes = 0;
  const seen: unknown[] = [];
  class Observer extends NoObserver {
    override accepted(of: unknown): void {
      seen.push(of);
    }
  }
  const accept = new AcceptMails(
    new InMemoryMailIntake(ledger),
    new PublishOutcomes(bus, new InMemoryOutcomeStore(ledger), new NoObserver()),
    { wake: () => (wakes += 1) },
    new Observer(),
  );

  it('tells every copy, also those that were there, and wakes the send loops', async () => {
    const mail = mailToAccept();
    const fedAt = new Date();
    await accept.accept([{ ...mail, fedAt }]);
    await accept.accept([{ ...mail, fedAt }]);
    expect(bus.published.items.map(({ body }) => body)).toMatchObject([
      { messageId: mail.messageId, state: 'accepted', revision: 1 },
      { messageId: mail.messageId, state: 'accepted', revision: 1 },
    ]);
    expect(wakes).toBe(2);
  });

  it('drops what was fed more than a day ago, without a row or an outcome, and counts it', async () => {
    const mail = mailToAccept();
    await accept.accept([{ ...mail, fedAt: new Date(Date.now() - 25 * hourMs) }]);
    expect(ledger.rows.has(`${mail.messageId}.1`)).toBe(false);
    expect(seen.at(-1)).toEqual({ entered: 0, answered: 0, expired: 1 });
  });

  it('fails when the broker is away, so that the record comes again', async () => {
    bus.failure = new Outage('bus.away', 'away');
    await expect(accept.accept([{ ...mailToAccept(), fedAt: new Date() }])).rejects.toThrow('away');
    bus.failure = undefined;
  });
});
