import type { Mailbox as BareMailbox, Mode, Recipient, RecipientKind } from '@mailrun/contracts';
import { addressIdentity, recipientAddress, transportAddress } from './addresses.js';
import type { Mailbox } from './mail/mailbox.js';
import { refusals } from './refusals.js';

/** Who gets a mail: the envelope, and what its header shows of it. */
export interface Addressing {
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  /** Each address once. */
  readonly envelope: readonly { kind: RecipientKind; address: string }[];
  /** In test mode: whom the mail would have reached. */
  readonly originalRecipients?: string;
}

const kinds = ['to', 'cc', 'bcc'] as const;

/**
 * The recipients of a mail and its run's BCC addresses, each once, as the kind that comes first. In test mode the
 * tenant's test address alone stands for all of them; an address that could not be mailed is refused there too, since
 * a test shows what would happen.
 */
export function addressMail(input: {
  recipients: readonly Recipient[];
  bcc: readonly BareMailbox[];
  mode: Mode;
  testAddress?: string | undefined;
}): Addressing {
  const all = [...input.recipients, ...input.bcc.map((mailbox) => ({ kind: 'bcc' as const, ...mailbox }))];
  const unique = new Map<string, Recipient>();
  for (const kind of kinds) {
    for (const recipient of all) {
      if (recipient.kind !== kind) continue;
      const address = recipientAddress(recipient.address, `An address of kind "${kind}"`);
      const identity = addressIdentity(address);
      if (!unique.has(identity)) unique.set(identity, { ...recipient, address });
    }
  }
  const recipients = [...unique.values()];
  if (recipients[0]?.kind !== 'to') throw refusals.recipientMissing();
  if (input.mode === 'test') return addressTest(recipients, input.testAddress);
  return {
    to: recipients.filter(({ kind }) => kind === 'to'),
    cc: recipients.filter(({ kind }) => kind === 'cc'),
    envelope: recipients.map(({ kind, address }) => ({ kind, address })),
  };
}

function addressTest(recipients: readonly Recipient[], testAddress: string | undefined): Addressing {
  if (testAddress === undefined) throw refusals.testAddressMissing();
  const address = transportAddress(testAddress, 'The test address');
  return {
    to: [{ address }],
    cc: [],
    envelope: [{ kind: 'to', address }],
    originalRecipients: recipients.map((recipient) => `${recipient.kind}: ${recipient.address}`).join(', '),
  };
}
