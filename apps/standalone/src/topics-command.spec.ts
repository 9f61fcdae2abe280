import { readTopicsSettings } from './topics-command.js';

describe('the command that makes topics', () => {
  it('wants brokers, and says so', () => {
    expect(() => readTopicsSettings({})).toThrow('KAFKA_BROKERS: is required');
  });

  it('wants nothing else', () => {
    const { installation, bus } = readTopicsSettings({ KAFKA_BROKERS: 'one:9092,two:9092' });
    expect([installation.prefix, bus.brokers]).toEqual(['mailrun', ['one:9092', 'two:9092']]);
  });
});
