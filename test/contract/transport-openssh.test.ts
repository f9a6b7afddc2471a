import { describeTransport } from './transport.ts';

describeTransport('openssh');
