import { busHeadersSchema, messageTypes, topicOf, type MessageType } from '@mailrun/contracts';
import { consumersByType } from './consumers.js';
import { code, generatedNote, table } from './markdown.js';
import { fieldsOf, type Field } from './schema-fields.js';

const headerNotes: Readonly<Record<string, string>> = {
  tenantId: 'Whose mail it is.',
  mode: 'The tenant’s mode when the run was prepared; a mail of another mode is never sent.',
  runId: 'Where there is a run.',
  round: 'Of the run.',
  traceparent: 'W3C Trace Context: one trace goes through all hops.',
  producedAt: 'When the record was made.',
  fedAt: 'When runs fed the message, new at each feeding; records older than 24 h are dropped at intake.',
};

const intro = `# Messages on the bus

${generatedNote}

One topic for each message type: \`<prefix>.<name>.v<version>\`, and \`….dead-letter\` for its dead letters (partition 0; in
partition 1 is told which were replayed or dropped). The prefix is \`MAILRUN_INSTALLATION_PREFIX\`. A consumer group is
\`<prefix>.<service>\`. Bodies are JSON. A publisher may send the fields below and no others; a consumer ignores fields that
it does not know, so that fields can be added.

Any record may be lost, come twice, late or in another order: the truth is in PostgreSQL. Bodies too large for a record
travel as a reference into the blob store (header \`claim-check\`).

## Headers of every record`;

/** The message catalogue: purpose, key, headers, fields and examples of each type. */
export function messageCatalogue(): string {
  const consumers = consumersByType();
  const types = messageTypes as readonly MessageType[];
  const headers = [
    ['message-type', 'text', 'yes', 'Name and version, for instance `render-message.v1`.'],
    ...fieldsOf(busHeadersSchema).map(headerRow),
    ['claim-check', 'JSON', '', 'Present where the value is a reference to the body instead of the body.'],
    ['replays', 'integer', '', 'How often the record was replayed from the dead letters.'],
  ];
  return [
    intro,
    table(['header', 'type', 'always', 'what'], headers),
    ...types.map((type) => sectionOf(type, consumers.get(type.name) ?? [])),
  ].join('\n\n');
}

function headerRow({ path, type, isRequired }: Field): readonly string[] {
  // The rule of the contract: record headers have the field's name in kebab-case.
  const name = path.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return [name, type, isRequired ? 'yes' : '', headerNotes[path] ?? ''];
}

function sectionOf(type: MessageType, consumers: readonly string[]): string {
  const fields = fieldsOf(type.schema).map(({ path, type: fieldType, isRequired }) => [
    code(path),
    fieldType,
    isRequired ? 'yes' : '',
  ]);
  const examples = type.examples.map((body) => `\`\`\`json\n${JSON.stringify(body, undefined, 2)}\n\`\`\``);
  return [
    `## ${type.name}`,
    type.summary,
    [
      `- Topic: \`${topicOf(type)}\``,
      `- Key: \`${keyField(type)}\``,
      `- Consumed by: ${consumers.length > 0 ? consumers.join(', ') : 'nobody here; it is for other systems'}`,
    ].join('\n'),
    table(['field', 'type', 'always'], fields),
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...examples,
  ].join('\n\n');
}

/** Name of the field that is the record's key, found by asking with a body that answers every field's own name. */
function keyField(type: MessageType): string {
  const names = new Proxy({}, { get: (_target, name) => String(name) });
  return type.keyOf(names, names as Parameters<MessageType['keyOf']>[1]);
}
