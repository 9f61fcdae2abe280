const token = '[A-Za-z0-9!#$&^_.+-]+';
const mediaType = new RegExp(`^\\s*(${token}/${token})\\s*(?:;|$)`);
const charset = new RegExp(`;\\s*charset\\s*=\\s*"?(${token})"?\\s*(?:;|$)`, 'i');

/**
 * The content type of an attached file: its media type and, for text, its charset. What is no media type, or a kind
 * of part that base64 is not allowed for (RFC 2046 5.1, 5.2), is bytes.
 */
export function attachmentContentType(contentType: string): string {
  const type = mediaType.exec(contentType)?.[1]?.toLowerCase();
  if (type === undefined || type.length > 127 || /^(?:multipart|message)\//.test(type))
    return 'application/octet-stream';
  const set = type.startsWith('text/') ? charset.exec(contentType)?.[1] : undefined;
  return set === undefined || set.length > 40 ? type : `${type}; charset=${set.toLowerCase()}`;
}
