/** An image reference inside a tag or a style: `src="cid:logo"`, `url(cid:logo)`. */
const reference =
  /(?:\b(?:src|background|href|poster)\s*=\s*|\burl\(\s*)(?:["']|&quot;|&#39;)?cid:([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)/gi;

/** Keys of the images that an HTML body shows, each once, in the order of their first use. */
export function usedImageKeys(html: string): string[] {
  return [...new Set([...html.matchAll(reference)].map((match) => match[1]!))];
}
