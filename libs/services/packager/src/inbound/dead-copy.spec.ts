import { busExamples } from '@mailrun/contracts';
import { deadCopy } from './dead-copy.js';

const { exampleHeaders, packageMessage } = busExamples;
const { messageId } = packageMessage;
const wire = {
  'message-type': 'package-message.v1',
  'tenant-id': exampleHeaders.tenantId,
  mode: 'live',
  'run-id': exampleHeaders.runId,
  round: '1',
  'produced-at': exampleHeaders.producedAt,
  'fed-at': exampleHeaders.fedAt,
};
const reason = { family: 'refusal' as const, code: 'messaging.invalid-message', detail: 'subject: required' };

describe('the copy of a dead record', () => {
  it('is named by its message, with the reason', () => {
    const message = { headers: exampleHeaders, body: packageMessage };
    expect(deadCopy({ key: messageId, headers: wire, message, reason })).toEqual({
      headers: exampleHeaders,
      messageId,
      copy: 1,
      code: 'messaging.invalid-message',
      detail: 'subject: required',
    });
  });

  it('is found in a body that does not fit', () => {
    const invalidBody = { messageId, copy: 1, subject: 5 };
    expect(deadCopy({ key: messageId, headers: wire, invalidBody, reason })).toMatchObject({
      headers: exampleHeaders,
      messageId,
      copy: 1,
    });
  });

  it('failed by a bug of ours says so', () => {
    const message = { headers: exampleHeaders, body: packageMessage };
    const bug = { family: 'bug' as const, code: 'bug', detail: 'TypeError: x' };
    expect(deadCopy({ key: messageId, headers: wire, message, reason: bug })).toMatchObject({
      code: 'package.failed',
      detail: expect.stringContaining('TypeError: x') as string,
    });
  });

  it.each([
    ['no JSON', wire, undefined],
    ['no message id', wire, { copy: 1 }],
    ['a forged copy', wire, { messageId, copy: '1' }],
    ['no tenant', { ...wire, 'tenant-id': '' }, { messageId, copy: 1 }],
  ])('is unknown for %s', (_, headers, invalidBody) => {
    expect(deadCopy({ key: messageId, headers, invalidBody, reason })).toBeUndefined();
  });
});
