// A real OpenID provider for the tests: whoever signs in there is the subject of that name.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { ISSUER, PORT, CALLBACK, MODULES } = process.env;
const found = createRequire(`${MODULES}/`).resolve("oidc-provider");
const { default: Provider } = await import(pathToFileURL(found));

const provider = new Provider(ISSUER, {
  clients: [{ client_id: "orr", client_secret: "a-secret-of-the-tests", redirect_uris: [CALLBACK] }],
  cookies: { keys: ["tests"] },
  features: { devInteractions: { enabled: true } },
  pkce: { required: () => true },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});
provider.listen(Number(PORT), "127.0.0.1");
