/** The least that a Slack app does: verifies a command with Bolt, acknowledges it and answers. */
import { App, HTTPReceiver } from '@slack/bolt';

const [token = '', signingSecret = '', slackApiUrl = '', port = ''] = process.argv.slice(2);
const app = new App({
  receiver: new HTTPReceiver({ signingSecret, endpoints: '/slack/events' }),
  authorize: async () => ({ botToken: token }),
  clientOptions: { slackApiUrl },
});
app.command('/jaws', async ({ ack, command, respond }) => {
  await ack();
  await respond({ response_type: 'ephemeral', text: command.text });
});
await app.start(Number(port));
