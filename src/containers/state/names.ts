// Names of containers: what one may be, and those that are found for containers without one.
import { InvalidInputError } from "../../base/errors.ts";

/** docker's, and names of one character, which podman has too. */
const FORM = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
/** So that it is a host name's part and a file name, whatever is put around it. */
const MOST_CHARACTERS = 200;

/** @param text with or without docker's slash. @throws InvalidInputError for what is no name */
export function parseContainerName(text: string): string {
  const name = text.replace(/^\//, "");
  if (FORM.test(name) && name.length <= MOST_CHARACTERS) return name;
  const message = `invalid container name (${text.slice(0, MOST_CHARACTERS)}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, at most ${MOST_CHARACTERS}`;
  throw new InvalidInputError("the container", [{ field: "name", message }]);
}

const MOODS =
  `able agile amber apt ardent azure balmy bold brave breezy bright brisk bubbly calm candid cheery civil clear clever cosy crisp
  curious dapper daring deft dewy eager earnest easy fair fleet fond frank fresh gallant gentle glad golden graceful grand hale handy happy
  hardy hazel honest humble ideal jaunty jolly jovial keen kind lively loyal lucid lucky lunar mellow merry mild mindful modest neat nimble
  noble patient peaceful plucky polite prime proud quick quiet radiant rapid ready robust rosy serene sharp silver sincere smooth snug solar
  solid spry steady stellar sunny swift tender tidy trusty upbeat valiant vivid warm wise witty zesty`.split(/\s+/);

/** Of people who moved goods, measured seas and skies, or built what carries both. */
const SURNAMES =
  `amundsen bessel boole bowditch bromley brunel cabot chappe chichester columba cook cousteau darwin davis dias drake earhart
  earle ellsworth eratosthenes faraday fischer flinders franklin fresnel fulton gama gilbert hadley halley harrison herschel heyerdahl
  hipparchus hopper hubble hudson humboldt idrisi kamen keith kepler kingsley knox leavitt lovelace maclean magellan maury mayer mcclean
  mercator mitchell nansen napier noether nordenskiold pascal piccard polo ptolemy pytheas quetelet rennell ross rubin scoresby shackleton
  slocum somerville stephenson stevenson strabo tantlinger tasman tereshkova telford tharp torricelli tycho vespucci wallace watt wegener
  whewell zheng`.split(/\s+/);

/** `jolly_mercator`; from the fourth try on with a number, as the words are not without end. */
export function randomName(tries: number): string {
  const [mood = 0, surname = 0, number = 0] = crypto.getRandomValues(new Uint16Array(3));
  const name = `${MOODS[mood % MOODS.length]}_${SURNAMES[surname % SURNAMES.length]}`;
  return tries <= 3 ? name : `${name}${number}`;
}
