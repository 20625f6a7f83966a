/* file.h - a whole file as text. */
#ifndef FL_FILE_H
#define FL_FILE_H

/* Everything in the file, with a zero behind it; to be given to fl_free. NULL: it cannot be read, and errno says why,
 * or there is nothing in it. */
char *fl_file_text(const char *path);

#endif
