/** Longest name in UTF-8 bytes: room below the 255 of most file systems for a browser's or a folder's additions. */
export const fileNameMaxBytes = 180;

/** An extension longer than this is part of the name. */
const extensionMaxBytes = 20;

// Control characters, and those that reorder or hide what a name shows: soft hyphen, bidirectional marks,
// embeddings and overrides, zero-width space, byte-order mark, interlinear and tag characters, and non-characters.
// Zero-width joiner and non-joiner stay: Persian, Indic scripts and emoji need them.
const invisible =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\u{e0000}-\u{e0fff}]/gu;

/** Not allowed in a Windows file name, besides path separators and control characters. */
const forbidden = /[<>:"|?*]/g;

/** Device names, with any extension (Windows, "Naming Files, Paths, and Namespaces"). */
const reserved = /^(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])(?= *(?:\.|$))/iu;

/**
 * A file name that every system takes, Windows included, and that shows what it is: NFC, one line, no path, no
 * device name, no trailing dot or space, at most {@link fileNameMaxBytes} bytes with its extension kept. Path
 * separators become dashes, because codes like `2025/00123` are ordinary parts of a name.
 *
 * @param fallback stands for a name of which nothing is left.
 */
export function safeFileName(name: string, fallback: string): string {
  const line = name
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\t-\r\u0085\p{Z}]+/gu, ' ')
    .replace(invisible, '')
    .split(/[/\\]/)
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('-')
    .replace(forbidden, '-');
  const tidy = line.replace(/[. ]+$/u, '').replace(/^ +/u, '');
  const { stem, extension } = splitExtension(tidy);
  const named = stem.replace(/^[. ]+/u, '') === '' ? fallback + extension : tidy.replace(/^\.+/u, '');
  return shorten(named.replace(reserved, '_$&'), '');
}

/** Makes the names of one mail differ, also for systems that ignore case: `name.pdf`, `name (2).pdf`, … */
export function uniqueFileNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let candidate = name;
    for (let n = 2; taken.has(comparable(candidate)); n++) candidate = shorten(name, ` (${n})`);
    taken.add(comparable(candidate));
    return candidate;
  });
}

/** The name with this extension, which is added unless it is there (in any case). */
export function withExtension(name: string, extension: string): string {
  return name.toLowerCase().endsWith(extension) ? name : shorten(name + extension, '');
}

// Upper before lower case also joins what only capitals share (ß and SS, ſ and s): too alike is safe.
const comparable = (name: string) => name.normalize('NFC').toUpperCase().toLowerCase();

function splitExtension(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.');
  const extension = name.slice(dot);
  if (
    dot < 0 ||
    extension.length === 1 ||
    /\s/.test(extension) ||
    Buffer.byteLength(extension) > extensionMaxBytes
  ) {
    return { stem: name, extension: '' };
  }
  return { stem: name.slice(0, dot), extension };
}

/** Puts `mark` before the extension and cuts the stem, at whole characters, until all of it fits. */
function shorten(name: string, mark: string): string {
  const { stem, extension } = splitExtension(name);
  const room = fileNameMaxBytes - Buffer.byteLength(extension) - mark.length;
  if (Buffer.byteLength(stem) <= room) return stem + mark + extension;
  let cut = '';
  let bytes = 0;
  for (const { segment } of new Intl.Segmenter('und').segment(stem)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > room) break;
    cut += segment;
  }
  return cut.replace(/[. ]+$/u, '') + mark + extension;
}
