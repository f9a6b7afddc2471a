/**
 * Ids of people and channels by name, as the emulator underneath has given them.
 * @param upstream its base URL
 */
export async function idsOf(
  upstream: string,
  token: string,
): Promise<{ users: Record<string, string>; channels: Record<string, string> }> {
  const list = async (method: string, key: string): Promise<Record<string, string>> => {
    const response = await fetch(`${upstream}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'limit=1000',
    });
    const found: unknown = Reflect.get(Object(await response.json()), key);
    if (!Array.isArray(found)) throw new Error(`the Slack emulator did not answer ${method}`);
    return Object.fromEntries(found.filter(isNamed).map(({ id, name }) => [name, id]));
  };
  return {
    users: await list('users.list', 'members'),
    channels: await list('conversations.list', 'channels'),
  };
}

interface Named {
  readonly id: string;
  readonly name: string;
}

function isNamed(value: unknown): value is Named {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'id') === 'string' &&
    typeof Reflect.get(value, 'name') === 'string'
  );
}
