import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';
import { code, generatedNote, table } from './markdown.js';

/** The chart's README: the text beside this file, and a table of values made of the comments in `values.yaml`. */
export async function chartReadme(read: (path: string) => Promise<string>): Promise<string> {
  const text = await read('tools/generate/chart-readme.md');
  const document = parseDocument(await read('helm/mailrun/values.yaml'));
  if (!isMap(document.contents)) throw new Error('helm/mailrun/values.yaml is no map.');
  const rows = rowsOf(document.contents as YAMLMap, '');
  return [text.trim(), generatedNote, '## Values', table(['value', 'default', 'what'], rows)].join('\n\n');
}

/** Each key with a comment above it is told, with all that is below it. */
function rowsOf(map: YAMLMap, path: string): readonly (readonly string[])[] {
  return map.items.flatMap((pair, index) => {
    const name = `${path}${String((pair.key as { value: unknown }).value)}`;
    const comment = commentOf(pair) ?? (index === 0 && path !== '' ? ownComment(map) : undefined);
    const below = isMap(pair.value) ? rowsOf(pair.value as YAMLMap, `${name}.`) : [];
    if (comment === undefined) return below;
    return [[code(name), below.length > 0 ? '' : code(valueOf(pair)), comment], ...below];
  });
}

const commentOf = (pair: Pair): string | undefined =>
  isScalar(pair.key) ? cleaned(pair.key.commentBefore) : undefined;

/** The comment above the first key of a map belongs to the map, as the parser sees it. */
const ownComment = (map: YAMLMap): string | undefined => cleaned(map.commentBefore);

const cleaned = (comment: string | null | undefined): string | undefined =>
  comment?.split('\n\n').at(-1)?.replace(/\s+/g, ' ').trim();

function valueOf(pair: Pair): string {
  const value = (pair.value as { toJSON?(): unknown } | null)?.toJSON?.();
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
