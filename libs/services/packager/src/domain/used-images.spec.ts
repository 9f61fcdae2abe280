import { usedImageKeys } from './used-images.js';

describe('the images of an HTML body', () => {
  it.each([
    ['<img src="cid:logo">', ['logo']],
    ["<img src='cid:logo.v2'><td background=cid:paper-1>", ['logo.v2', 'paper-1']],
    ['<IMG SRC = "CID:Logo">', ['Logo']],
    ['<div style="background: url(cid:paper)">', ['paper']],
    ['<div style="background: url(&quot;cid:paper&quot;)">', ['paper']],
    ['<img src="cid:logo"><img src="cid:logo">', ['logo']],
    ['<p>An acid: no image, (cid:12) neither</p>', []],
    ['<img src="https://example.com/cid:logo">', []],
  ])('of %s are %j', (html, keys) => {
    expect(usedImageKeys(html)).toEqual(keys);
  });
});
