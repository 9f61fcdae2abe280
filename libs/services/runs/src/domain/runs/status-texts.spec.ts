import { messageStateSchema, runStateSchema, skipReasonSchema } from '@mailrun/contracts';
import { familyTexts, reasonTexts } from './reason-texts.js';
import {
  mailedAnswers,
  runTexts,
  skipTexts,
  stateTexts,
  textOfMessage,
  textOfRun,
  whyTexts,
} from './status-texts.js';

describe('status texts', () => {
  it('say one sentence for every state of a run, every status of a message and every reason to skip', () => {
    for (const state of runStateSchema.options) expect(textOfRun(state, null)).toBe(runTexts[state]);
    for (const state of messageStateSchema.options) {
      expect(textOfMessage(state, null)).toBe(stateTexts[state]);
      expect(mailedAnswers[state]).toBeDefined();
    }
    for (const reason of skipReasonSchema.options) {
      expect(textOfMessage('skipped', reason)).toBe(skipTexts[reason]);
      expect(skipTexts[reason].nextStep).toBeDefined();
    }
    const all = [runTexts, whyTexts, stateTexts, skipTexts, reasonTexts, familyTexts].flatMap(Object.values);
    for (const { statusText } of all) expect(statusText).toMatch(/^[A-Z].*[.:]$|^[A-Z].*\.$/);
  });

  it('name the next try of what is deferred', () => {
    const { statusText } = textOfMessage('deferred', 'smtp.try-later', new Date('2025-06-01T14:05:00Z'));
    expect(statusText).toContain('Next try 2025-06-01T14:05:00.000Z');
  });

  it('fall back to the family of a reason, then to the status', () => {
    expect(textOfMessage('failed', 'template.failed')).toBe(familyTexts['template']);
    expect(textOfMessage('failed', 'smtp.recipient-refused')).toBe(reasonTexts['smtp.recipient-refused']);
    expect(textOfMessage('failed', 'something-new')).toBe(stateTexts.failed);
  });
});
