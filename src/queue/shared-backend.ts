import { type QueueBaseOptions, QueueKeys, type RedisConnection, RedisQueueBackend } from 'bullmq';
import type { Marker, Markers } from './markers.ts';
import { PREFIX } from './names.ts';

/**
 * How BullMQ reaches one of many queues over a connection that all of them share, its version asked for once. Its own
 * way gives each worker a connection more, to wait for jobs, and listeners and a question of the version to both.
 */
export class SharedBackend extends RedisQueueBackend {
  readonly #markers: Markers;

  /** @param markers where a worker of the queue waits for jobs */
  constructor(name: string, options: QueueBaseOptions, connection: RedisConnection, markers: Markers) {
    const names = new QueueKeys(PREFIX);
    super(
      connection,
      name,
      names.getKeys(name),
      (type) => names.toKey(name, type),
      options,
      undefined,
      false,
    );
    this.#markers = markers;
  }

  get queueName(): string {
    return this.name;
  }

  get #marker(): string {
    return this.toKey('marker');
  }

  /** @param timeout in seconds */
  override waitForJob(timeout: number): Promise<Marker | null> {
    return this.#markers.wait(this.#marker, timeout * 1_000);
  }

  override disconnectBlocking(): Promise<void> {
    this.#markers.leave(this.#marker);
    return Promise.resolve();
  }

  /** Lets a waiting worker of the queue look for jobs; says whether one waits. */
  wake(): boolean {
    return this.#markers.wake(this.#marker);
  }
}
