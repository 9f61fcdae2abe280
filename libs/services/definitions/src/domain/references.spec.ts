import { imagesNamedIn, referencesOf } from './references.js';

describe('referencesOf', () => {
  it('finds single keys and lists, each with its pointer', () => {
    const content = {
      fromKey: 'billing',
      recipientKey: 'mail',
      templateKey: 't',
      transformationKeys: ['a', 'b'],
      passwordKey: null,
    };
    expect(
      referencesOf('message-definition', content).map(
        ({ kind, key, pointer }) => `${pointer} ${kind} ${key}`,
      ),
    ).toEqual([
      '/fromKey sender billing',
      '/recipientKey recipient-key mail',
      '/templateKey message-template t',
      '/transformationKeys/0 invoice-transformation a',
      '/transformationKeys/1 invoice-transformation b',
    ]);
  });

  it('finds images by content id and by helper, each once', () => {
    const html = '<img src="cid:logo"><img src="@image("stamp")"><img src="cid:logo"> acid:none';
    expect(imagesNamedIn(html)).toEqual(['logo', 'stamp']);
  });
});
