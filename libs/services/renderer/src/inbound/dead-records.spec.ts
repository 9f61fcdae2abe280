import { busExamples } from '@mailrun/contracts';
import { deadCopy, deadDocument } from './dead-records.js';

const { exampleHeaders, renderMessage, makeDocuments } = busExamples;
const wire = {
  'message-type': 'render-message.v1',
  'tenant-id': exampleHeaders.tenantId,
  mode: 'live',
  'run-id': exampleHeaders.runId,
  round: '1',
  'produced-at': exampleHeaders.producedAt,
  'fed-at': exampleHeaders.fedAt,
};
const reason = {
  family: 'refusal' as const,
  code: 'messaging.invalid-message',
  detail: 'invoices: required',
};
const key = renderMessage.messageId;

describe('a dead record', () => {
  it('of render-message names its copy, with the reason', () => {
    const message = { headers: exampleHeaders, body: renderMessage };
    expect(deadCopy({ key, headers: wire, message, reason })).toEqual({
      headers: exampleHeaders,
      messageId: renderMessage.messageId,
      copy: 1,
      failure: { code: 'messaging.invalid-message', detail: 'invoices: required', stage: 'render' },
    });
  });

  it('names what it was about even when its body does not fit', () => {
    const { documentId, preparationId } = makeDocuments;
    const invalidBody = { documentId, preparationId, invoice: 5 };
    expect(deadDocument({ key, headers: wire, invalidBody, reason })).toMatchObject({
      headers: exampleHeaders,
      documentId,
      preparationId,
    });
  });

  it('says so when a bug of ours killed it', () => {
    const message = { headers: exampleHeaders, body: makeDocuments };
    const bug = { family: 'bug' as const, code: 'bug', detail: `TypeError: x ${'y'.repeat(3000)}` };
    const failure = deadDocument({ key, headers: wire, message, reason: bug })?.failure;
    expect(failure?.code).toBe('render.failed');
    expect(failure?.detail).toMatch(/Report this: TypeError: x/);
    expect(failure?.detail).toHaveLength(2000);
  });

  it.each([
    ['no JSON', wire, undefined],
    ['no message id', wire, { copy: 1 }],
    ['a forged copy', wire, { messageId: key, copy: '1' }],
    ['no tenant', { ...wire, 'tenant-id': '' }, { messageId: key, copy: 1 }],
  ])('names nothing when it holds %s', (_, headers, invalidBody) => {
    expect(deadCopy({ key, headers, invalidBody, reason })).toBeUndefined();
  });
});
