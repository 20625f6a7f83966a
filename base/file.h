/* file.h - a whole file as text. */
#ifndef FL_FILE_H
#define FL_FILE_H

/* Everything in the file, with a zero behind it; the caller frees it. NULL: it cannot be read, and errno says why, or
 * there is nothing in it. */
char *fl_file_text(const char *path);

#endif
