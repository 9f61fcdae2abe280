import { htmlBody } from './html-body.js';

const part = (contentId: string, contentType: string) => ({
  fileName: 'x',
  contentType,
  content: Buffer.from('abc'),
  sha256: '',
  isInline: true,
  contentId,
});

describe('htmlBody', () => {
  it('puts the pictures that the mail brings in their place, and nothing else', () => {
    const opened = {
      headers: [],
      text: undefined,
      html: '<img src="cid:logo"><img src=\'cid:a%40b\'><img src="cid:page"><img src="cid:none"><img src="cid:%zz">',
      attachments: [part('logo', 'image/png'), part('a@b', 'image/gif'), part('page', 'text/html')],
    };
    expect(htmlBody(opened)).toBe(
      '<img src="data:image/png;base64,YWJj"><img src=\'data:image/gif;base64,YWJj\'>' +
        '<img src="cid:page"><img src="cid:none"><img src="cid:%zz">',
    );
  });
});
