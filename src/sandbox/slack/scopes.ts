/** Scopes of the bot token: those that manifest.json asks for. */
export const BOT_SCOPES = [
  'commands',
  'chat:write',
  'chat:write.public',
  'files:write',
  'channels:read',
  'channels:history',
  'groups:read',
  'groups:history',
  'im:history',
  'im:write',
  'users:read',
  'usergroups:read',
] as const;
