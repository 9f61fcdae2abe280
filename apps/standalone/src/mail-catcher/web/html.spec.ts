import { html } from './html.js';

describe('html', () => {
  it('escapes every value, in texts and in attributes', () => {
    const evil = `"><script>alert('1')</script>&`;
    expect(html`<a title="${evil}">${evil}</a>`.text).toBe(
      '<a title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</a>',
    );
  });

  it('nests markup and lists, and leaves out what is not there', () => {
    expect(html`${[html`<b>${1}</b>`, '<']}${undefined}${false}${0}`.text).toBe('<b>1</b>&lt;0');
  });
});
