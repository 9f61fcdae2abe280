import type { Customer, MessageDetail, MessageResult, MessageRun } from '@mailrun/contracts';
import type { ReceivedMail } from '@mailrun/testing';

/** What a definition promises about its mails. */
export interface DefinitionEvidence {
  readonly recipientKey: string;
  /** How many documents each invoice brings along. */
  readonly transformationKeys: readonly string[];
  readonly zip: boolean;
  readonly passwordKey: string | null;
}

export interface RunEvidence {
  readonly run: MessageRun;
  readonly results: readonly MessageResult[];
  readonly messages: readonly MessageDetail[];
}

/** All that a company reads about its runs through the API. */
export interface CompanyEvidence {
  readonly name: string;
  readonly senderAddress: string;
  readonly testAddress: string;
  readonly definitions: ReadonlyMap<string, DefinitionEvidence>;
  /** By code. */
  readonly customers: ReadonlyMap<string, Customer>;
  readonly runs: readonly RunEvidence[];
}

export interface FileEvidence {
  readonly name: string;
  readonly content: Buffer;
}

/** A mail that the mail server accepted, or may have (it had all of it, and never answered), as its recipient sees it. */
export interface MailEvidence {
  readonly received: Pick<ReceivedMail, 'messageId' | 'envelopeFrom' | 'recipients' | 'sha256'>;
  readonly subject: string;
  /** Addresses in the headers From, To and Cc. */
  readonly from: readonly string[];
  readonly addressees: readonly string[];
  /** HTML and plain text. */
  readonly bodies: readonly string[];
  readonly attachments: readonly FileEvidence[];
  /** Where the only attachment is an archive: what is in it. */
  readonly archive: ArchiveEvidence | undefined;
}

export interface ArchiveEvidence {
  /** undefined: the customer's password does not open it. */
  readonly files: readonly FileEvidence[] | undefined;
  readonly opensWithAnother: boolean;
}

/** What the tables say that no API shows. */
export interface BookEvidence {
  /** A line for each thing that is not as it must be. */
  readonly faults: readonly string[];
}

export interface Evidence {
  readonly companies: readonly CompanyEvidence[];
  readonly mails: readonly MailEvidence[];
  readonly books: BookEvidence;
}

/** One thing that must always hold: answers a sentence for each place where it does not. */
export type Rule = (evidence: Evidence) => string[];

/** A message with what it belongs to. */
export interface ClaimedMessage {
  readonly company: CompanyEvidence;
  readonly run: MessageRun;
  readonly definition: DefinitionEvidence;
  readonly message: MessageDetail;
}

/**
 * What names a copy in its Message-ID: the same for a copy of which the dispatcher knows the header, and for one of which it
 * lost its memory (a database that was restored).
 */
export const copyNameOf = (messageIdHeader: string): string =>
  messageIdHeader.replace(/^</, '').split('@', 1)[0]!;

/** By the names of their copies, all messages of all companies. */
export function messagesByCopyName(evidence: Evidence): Map<string, ClaimedMessage> {
  const found = new Map<string, ClaimedMessage>();
  for (const company of evidence.companies) {
    for (const { run, messages } of company.runs) {
      const definition = company.definitions.get(run.definitionKey)!;
      for (const message of messages) {
        for (const { copy } of message.copies)
          found.set(`${message.id}.${copy}`, { company, run, definition, message });
      }
    }
  }
  return found;
}

/** The message that a received mail is a copy of. */
export const ownerOf = (
  found: ReadonlyMap<string, ClaimedMessage>,
  { messageId = '' }: { readonly messageId: string | undefined },
): ClaimedMessage | undefined => found.get(copyNameOf(messageId));
