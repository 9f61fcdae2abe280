import type { OpenedMail } from '../opened-mail.js';

/**
 * The policy of a mail's HTML body: no script, no form, nothing from the network; styles and pictures that the mail
 * brings itself. `sandbox` holds also where the body is opened outside the page's frame.
 * https://www.w3.org/TR/CSP3/
 */
export const bodyPolicy =
  "sandbox; default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

const pictureTypes = /^image\/(png|jpeg|gif|webp|bmp|svg\+xml|x-icon)$/i;

/** The HTML body with the pictures that the mail brings itself put in its place (`cid:`, RFC 2392). */
export function htmlBody(opened: OpenedMail): string {
  return (opened.html ?? '').replace(/\bcid:([^\s"'<>()\\]+)/gi, (whole, id: string) => {
    const wanted = decodeId(id);
    const part = opened.attachments.find(({ contentId }) => contentId === wanted);
    if (!part || !pictureTypes.test(part.contentType)) return whole;
    return `data:${part.contentType};base64,${part.content.toString('base64')}`;
  });
}

function decodeId(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
