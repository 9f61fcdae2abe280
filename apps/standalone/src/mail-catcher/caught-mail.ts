/** What the catcher knows about a mail without opening it; one line of the index and one item of the list. */
export interface CaughtMail {
  /** Counts up by one with each mail, also over restarts. */
  readonly id: number;
  /** RFC 3339, UTC. */
  readonly receivedAt: string;
  /** Who the SMTP conversation said it is from and for, blind copies included. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** The header fields, decoded. */
  readonly from: string;
  readonly subject: string;
  readonly sizeBytes: number;
  /** How many parts are meant to be saved; inline images are not counted. */
  readonly attachmentCount: number;
}

/** How much is kept. The oldest mails go first when the number or the sum is exceeded. */
export interface CatcherLimits {
  readonly maxMails: number;
  readonly maxTotalBytes: number;
  /** A larger mail is refused (SMTP SIZE, RFC 1870). */
  readonly maxMailBytes: number;
  readonly maxRecipients: number;
  readonly maxConnections: number;
}

export const defaultLimits: CatcherLimits = {
  maxMails: 50_000,
  maxTotalBytes: 1024 ** 3,
  maxMailBytes: 50 * 1024 ** 2,
  maxRecipients: 1_000,
  maxConnections: 500,
};
