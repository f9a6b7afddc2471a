import { describeTransport } from './transport.ts';

describeTransport('ssh2');
