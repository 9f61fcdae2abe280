/** Settings of a single-node broker and controller (KRaft) on loopback. https://kafka.apache.org/42/configuration/broker-configs/ */
export function serverProperties(of: { port: number; controllerPort: number; dataFolder: string }): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@localhost:${of.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${of.port},CONTROLLER://127.0.0.1:${of.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${of.port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': of.dataFolder,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // Tests of sessions that end need not wait for long.
    'group.min.session.timeout.ms': 500,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
