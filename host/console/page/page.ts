/** The console's page: begins here. */
import { render } from "preact";
import { followRights } from "./api/session.ts";
import { html, showTextAsItIs } from "./markup.ts";
import { followPreferences } from "./shell/appearance.ts";
import { keepFocus } from "./shell/kept-focus.ts";
import { followAddress } from "./shell/router.ts";
import { Shell } from "./shell/shell.ts";
import { followKeys } from "./shell/shortcuts.ts";
import { followDrops } from "./views/upload/dropped-files.ts";

showTextAsItIs();
followPreferences();
followAddress();
followKeys();
keepFocus();
followDrops();
followRights();
render(html`<${Shell} />`, document.getElementById("root")!);
