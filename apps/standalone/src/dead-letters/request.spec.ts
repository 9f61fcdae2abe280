import { parseDeadLetters, UsageError } from './request.js';

const output = { isJson: false, data: '.data/mailrun' };

describe('the command line of dead letters', () => {
  it.each([
    ['list', { kind: 'list', limit: 50, topic: undefined, after: undefined, ...output }],
    [
      'list --topic=render-message --limit 5 --after x/0/1 --json',
      { kind: 'list', limit: 5, topic: 'render-message.v1', after: 'x/0/1', ...output, isJson: true },
    ],
    ['show x/0/1 --content', { kind: 'show', id: 'x/0/1', withContent: true, ...output }],
    ['replay x/0/1', { kind: 'replay', choice: { id: 'x/0/1' }, ...output }],
    ['replay --all', { kind: 'replay', choice: { topic: undefined }, ...output }],
    [
      'drop --all --topic run-event.v1 --yes --data d',
      { kind: 'drop', choice: { topic: 'run-event.v1' }, ...output, data: 'd' },
    ],
  ])('%s', (line, request) => {
    expect(parseDeadLetters(line.split(' '))).toEqual(request);
  });

  it.each([
    ['', 'mailrun dead-letters'],
    ['bury', 'mailrun dead-letters'],
    ['show', 'id of a dead letter'],
    ['replay', 'or --all'],
    ['replay x/0/1 --all', 'or --all'],
    ['replay x/0/1 x/0/2', 'one id'],
    ['replay x/0/1 --topic run-event.v1', '--topic goes with --all'],
    ['drop x/0/1', '--yes'],
    ['drop --all', '--yes'],
    ['list --limit 0', '1 to 500'],
    ['list --limit 501', '1 to 500'],
    ['list --limit many', '1 to 500'],
    ['list --topic nonsense', 'render-message.v1'],
    ['list --everything', '--everything'],
  ])('refuses "%s" and says what to give', (line, words) => {
    expect(() => parseDeadLetters(line.split(' ').filter(Boolean))).toThrow(UsageError);
    expect(() => parseDeadLetters(line.split(' ').filter(Boolean))).toThrow(words);
  });
});
