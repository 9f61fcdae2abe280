import { parseArgs } from 'node:util';
import { messageTypes, topicOf, type MessageType } from '@mailrun/contracts';
import { maxPageSize, type LetterChoice } from '@mailrun/platform-messaging';

export const deadLettersHelp = `mailrun dead-letters <command>

  list             [--topic TOPIC] [--limit 50] [--after ID]: the open ones, by topic, oldest first
  show ID          why, after how many tries, by which service, and what a replay does; the body,
                   which holds personal data, with --content only
  replay ID        or --all [--topic TOPIC]: publish the record again. Nothing is mailed twice by it
  drop ID          or --all [--topic TOPIC], with --yes: forget it

Options: --json for programs; --data FOLDER (default .data/mailrun) without Kafka.
TOPIC is a message type: ${(messageTypes as readonly MessageType[]).map(topicOf).join(', ')}.`;

/** What was typed is no command; the message says what would be. */
export class UsageError extends Error {}

interface Output {
  readonly isJson: boolean;
}

export type DeadLettersRequest = Output &
  (
    | {
        readonly kind: 'list';
        readonly topic: string | undefined;
        readonly limit: number;
        readonly after: string | undefined;
      }
    | { readonly kind: 'show'; readonly id: string; readonly withContent: boolean }
    | { readonly kind: 'replay' | 'drop'; readonly choice: LetterChoice }
  );

/** @throws UsageError */
export function parseDeadLetters(args: readonly string[]): DeadLettersRequest & { readonly data: string } {
  const { positionals, values } = read(args);
  const [command = 'help', id, ...rest] = positionals;
  const { json: isJson, data, all, after, content: withContent } = values;
  if (rest.length > 0) throw new UsageError('Give one id, or --all.');
  const topic = values.topic === undefined ? undefined : topicNamed(values.topic);
  const output = { isJson, data };
  switch (command) {
    case 'list':
      return { kind: 'list', topic, after, limit: limitOf(values.limit), ...output };
    case 'show':
      if (id === undefined) throw new UsageError('Give the id of a dead letter, as list shows it.');
      return { kind: 'show', id, withContent, ...output };
    case 'replay':
    case 'drop':
      if ((id === undefined) !== all) throw new UsageError(`Give the id of a dead letter, or --all.`);
      if (id !== undefined && topic !== undefined) throw new UsageError('--topic goes with --all.');
      if (command === 'drop' && !values.yes) {
        throw new UsageError('A dropped letter is gone for good. Give --yes if you mean it.');
      }
      return { kind: command, choice: id === undefined ? { topic } : { id }, ...output };
    default:
      throw new UsageError(deadLettersHelp);
  }
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        topic: { type: 'string' },
        limit: { type: 'string', default: '50' },
        after: { type: 'string' },
        all: { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        content: { type: 'boolean', default: false },
        data: { type: 'string', default: '.data/mailrun' },
      },
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_PARSE_ARGS') !== true) throw error;
    throw new UsageError(message);
  }
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxPageSize) return limit;
  throw new UsageError(`--limit is a number from 1 to ${maxPageSize}.`);
}

/** `render-message` and `render-message.v1` are the same topic, as long as there is one version. */
function topicNamed(text: string): string {
  const topics = (messageTypes as readonly MessageType[]).map(topicOf);
  const found = topics.filter((topic) => topic === text || topic.startsWith(`${text}.v`));
  if (found.length === 1) return found[0]!;
  throw new UsageError(`There is no such topic. Give one of ${topics.join(', ')}.`);
}
