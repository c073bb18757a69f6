/** The elements in one file, for pages that are no pages of the server: a replay that is a file, and notebooks. */
import { render } from "./notebook/render";
import { isFile, playFile } from "./replay/file";

if (isFile()) void playFile();

export default { render };
