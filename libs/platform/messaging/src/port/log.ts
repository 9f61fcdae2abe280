/** One log entry of the bus or of kafkajs. Fields hold no personal data. */
export interface MessagingLogEntry {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

export type MessagingLog = (entry: MessagingLogEntry) => void;

/** A log that goes nowhere. */
export const noLog: MessagingLog = () => undefined;
