import { EventEmitter } from 'node:events';
import { dataSourceOptions } from './persistence.module.js';

describe('Connections of a data source', () => {
  it('end without ending the process, also while nobody uses them', () => {
    const { extra } = dataSourceOptions({
      service: 'runs',
      url: 'postgres://localhost/none',
      prefix: 'test',
      poolSize: 1,
    });
    const client = new EventEmitter();
    extra.onConnect(client);
    expect(() => client.emit('error', new Error('terminating connection'))).not.toThrow();
  });
});
